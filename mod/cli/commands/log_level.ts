import type { Command } from "../command.ts";
import { parseCommandLine } from "../command_line.ts";
import type { LogLevel } from "../control/types.ts";
import { EXIT, UsageError } from "../exit_code.ts";
import { OUTPUT_FLAG, printAnswer, RUN_DIR_FLAG, runDirOf } from "../output.ts";

const FLAGS = [OUTPUT_FLAG, RUN_DIR_FLAG] as const;

/** Shows or changes how much the agent logs. */
export const LOG_LEVEL: Command = {
  name: "log-level",
  summary: "show or change how much the running agent logs",
  usage: "[0-10]",
  about: [
    "Shows how much the agent logs, as klog's -v: below 2, what it changed and what",
    "went wrong; from 2 on, everything. With a number, changes it until the agent",
    "ends.",
  ],
  flags: FLAGS,
  examples: [
    "kube-proxy log-level",
    "kube-proxy log-level 2",
    "kube-proxy log-level -o json",
  ],
  async run(args, surroundings) {
    const line = parseCommandLine(args, {
      command: "log-level",
      flags: FLAGS,
      arguments: ["[0-10]"],
    });
    const [text] = line.arguments;
    if (text !== undefined && !/^(?:\d|10)$/.test(text)) {
      throw new UsageError([
        `Cannot log at level "${text}": allowed is a whole number from 0 to 10`,
      ]);
    }
    const control = surroundings.control(runDirOf(line));
    const { verbosity } = text === undefined
      ? await control.get<LogLevel>("/v1/log-level")
      : await control.post<LogLevel>("/v1/log-level", {
        verbosity: Number(text),
      });
    const human = (): readonly string[] => [`log level ${verbosity}`];
    const { print } = surroundings;
    await printAnswer({ verbosity }, human, { line, print });
    return EXIT.success;
  },
};
