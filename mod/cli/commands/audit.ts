import type { Command } from "../command.ts";
import { parseCommandLine } from "../command_line.ts";
import { EXIT } from "../exit_code.ts";
import { RUN_DIR_FLAG, runDirOf } from "../output.ts";

const FLAGS = [RUN_DIR_FLAG] as const;

/** Has everything listed, compared and repaired now. */
export const AUDIT: Command = {
  name: "audit",
  summary: "have the agent compare and repair everything now",
  usage: "",
  about: [
    "Has the agent do at once what it does from time to time (--ipvs-sync-period):",
    "list the kernel, compare all of it with what the cluster says, and repair what",
    'others changed. Returns at once; "kube-proxy status" tells what it found.',
  ],
  flags: FLAGS,
  examples: ["kube-proxy audit"],
  async run(args, surroundings) {
    const line = parseCommandLine(args, { command: "audit", flags: FLAGS });
    await surroundings.control(runDirOf(line)).post("/v1/audit", {});
    surroundings.print("an audit begins");
    return EXIT.success;
  },
};
