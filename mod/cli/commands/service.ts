import type { ServiceReport } from "#observe";
import type { Command } from "../command.ts";
import { parseCommandLine } from "../command_line.ts";
import { EXIT, UsageError } from "../exit_code.ts";
import { OUTPUT_FLAG, printAnswer, RUN_DIR_FLAG, runDirOf } from "../output.ts";
import { viewService } from "../views/services_view.ts";

const FLAGS = [OUTPUT_FLAG, RUN_DIR_FLAG] as const;
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?\/[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/;

/** Shows one Service with all that it has. */
export const SERVICE: Command = {
  name: "service",
  summary: "one Service: frontends, real servers, what differs",
  usage: "NAMESPACE/NAME [flags]",
  about: [
    "Prints all that a Service has on this node: frontends and their state, virtual",
    "servers, real servers with weight, connections, rates, node and conditions, who",
    "owns a frontend and who waits for it. The kernel is listed afresh, and what it",
    'has otherwise is marked DIFFERS; a weight "0→1" is 0 in the kernel and 1',
    "wanted. Changes nothing.",
  ],
  flags: FLAGS,
  examples: [
    "kube-proxy service default/web",
    "kube-proxy service kube-system/kube-dns -o json",
  ],
  async run(args, surroundings) {
    const line = parseCommandLine(args, {
      command: "service",
      flags: FLAGS,
      arguments: ["NAMESPACE/NAME"],
    });
    const [given = ""] = line.arguments;
    const name = given.includes("/") ? given : `default/${given}`;
    if (!NAME.test(name)) {
      throw new UsageError([
        `Cannot show "${given}": write namespace and name, such as "default/web"`,
      ]);
    }
    const control = surroundings.control(runDirOf(line));
    const report = await control.get<ServiceReport>(`/v1/services/${name}`);
    const human = (): readonly string[] =>
      viewService(report, surroundings.nowMs());
    await printAnswer(report, human, { line, print: surroundings.print });
    return EXIT.success;
  },
};
