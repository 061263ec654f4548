import type { NodeReport } from "#observe";
import type { Command } from "../command.ts";
import { parseCommandLine } from "../command_line.ts";
import { EXIT } from "../exit_code.ts";
import { OUTPUT_FLAG, printAnswer, RUN_DIR_FLAG, runDirOf } from "../output.ts";
import { viewStatus } from "../views/status_view.ts";

const FLAGS = [OUTPUT_FLAG, RUN_DIR_FLAG] as const;

/** Shows what the running agent does. */
export const STATUS: Command = {
  name: "status",
  summary: "health, counts, drains, rejections, drift, last error",
  usage: "[flags]",
  about: [
    "Asks the agent of this node what it does: health, how many Services are served,",
    "refused or failing, what drains, what cannot be used and why, what others own,",
    "what was repaired, the last pass and the last error. Changes nothing.",
  ],
  flags: FLAGS,
  examples: [
    "kube-proxy status",
    "kube-proxy status -o json | jq .rejections",
  ],
  async run(args, surroundings) {
    const line = parseCommandLine(args, { command: "status", flags: FLAGS });
    const control = surroundings.control(runDirOf(line));
    const report = await control.get<NodeReport>("/v1/status");
    const human = (): readonly string[] => viewStatus(report);
    await printAnswer(report, human, { line, print: surroundings.print });
    return EXIT.success;
  },
};
