import { EXIT, type ExitCode } from "./exit_code.ts";
import {
  formatFindings,
  inspectHost,
  type PreflightHost,
} from "./inspect_host.ts";
import type { Settings } from "./settings_types.ts";

/** Prints what the node has and lacks; changes nothing. */
export async function check(
  settings: Pick<Settings, "scheduler">,
  host: PreflightHost & { print(line: string): void },
): Promise<ExitCode> {
  const { findings } = await inspectHost(settings, host);
  for (const line of formatFindings(findings)) host.print(line);
  const failed = findings.filter(({ result }) => result === "fail").length;
  host.print(failed === 0 ? "ready to run" : `${failed} missing`);
  return failed === 0 ? EXIT.success : EXIT.prerequisite;
}
