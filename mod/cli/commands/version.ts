import type { Command } from "../command.ts";
import { parseCommandLine } from "../command_line.ts";
import { EXIT } from "../exit_code.ts";
import { OUTPUT_FLAG, printAnswer } from "../output.ts";
import { COMMIT, describeVersion, VERSION } from "../version.ts";

const FLAGS = [OUTPUT_FLAG] as const;

/** Prints the version. */
export const VERSION_COMMAND: Command = {
  name: "version",
  summary: "print the version",
  usage: "[flags]",
  about: ["Prints the version of this program and of its runtime."],
  flags: FLAGS,
  examples: [
    "kube-proxy version",
    "kube-proxy version -o json",
    "kube-proxy --version",
  ],
  async run(args, { print }) {
    const line = parseCommandLine(args, { command: "version", flags: FLAGS });
    const answer = {
      version: VERSION,
      commit: COMMIT,
      mode: "ipvs",
      deno: Deno.version.deno,
    };
    await printAnswer(answer, () => [describeVersion()], { line, print });
    return EXIT.success;
  },
};
