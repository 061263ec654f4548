import type { Command } from "../command.ts";
import { EXIT } from "../exit_code.ts";
import { describeVersion } from "../version.ts";

/** Prints the version. */
export const VERSION_COMMAND: Command = {
  name: "version",
  summary: "print the version",
  usage: "",
  about: ["Prints the version of this program and of its runtime."],
  flags: [],
  examples: ["kube-proxy version", "kube-proxy --version"],
  run(_args, { print }) {
    print(describeVersion());
    return Promise.resolve(EXIT.success);
  },
};
