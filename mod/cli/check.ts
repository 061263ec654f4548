import { findIptablesBackEnd } from "#apply";
import { checkBackEnd } from "./back_end.ts";
import { DryRunner } from "./dry_run.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import {
  type Finding,
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
  const findings = await lookAt(settings, host);
  for (const line of formatFindings(findings)) host.print(line);
  const failed = findings.filter(({ result }) => result === "fail").length;
  host.print(failed === 0 ? "ready to run" : `${failed} missing`);
  return failed === 0 ? EXIT.success : EXIT.prerequisite;
}

/** The back end can be told only when the tools are there. */
async function lookAt(
  settings: Pick<Settings, "scheduler">,
  host: PreflightHost,
): Promise<readonly Finding[]> {
  const { findings } = await inspectHost(settings, host);
  const isWithout = findings.some(({ result, subject }) =>
    result === "fail" && subject.startsWith("tool ")
  );
  if (isWithout) return findings;
  const reader = new DryRunner(host.runner, () => {});
  return [...findings, checkBackEnd(await findIptablesBackEnd(reader))];
}
