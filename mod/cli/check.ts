import { createHost, findIptablesBackEnd, type FoundBackEnd } from "#apply";
import { openTransport } from "#watch";
import { checkBackEnd, noBackEnd } from "./back_end.ts";
import type { OutputLine } from "./command.ts";
import { connect, nodeNameOf } from "./connect.ts";
import { DryRunner } from "./dry_run.ts";
import { EXIT, type ExitCode, UsageError } from "./exit_code.ts";
import {
  type Finding,
  formatFindings,
  inspectHost,
  type Inspection,
} from "./inspect_host.ts";
import { printAnswer } from "./output.ts";
import { checkApi } from "./preflight/api.ts";
import { checkOthers } from "./preflight/others.ts";
import { checkRights } from "./preflight/rights.ts";
import { checkSysctls } from "./preflight/settings.ts";
import type { Machine } from "./run.ts";
import type { Settings } from "./settings_types.ts";

/** What a check came to. */
export interface CheckReport {
  /** Whether `run` would start. */
  readonly isReady: boolean;
  /** What was looked at, in order. */
  readonly findings: readonly Finding[];
}

/** Prints what the node has and lacks; changes nothing. */
export async function check(
  settings: Settings,
  machine: Machine,
  line: OutputLine,
): Promise<ExitCode> {
  const findings = await lookAt(settings, machine);
  const failed = findings.filter(({ result }) => result === "fail").length;
  const report: CheckReport = { isReady: failed === 0, findings };
  const human = (): readonly string[] => [
    ...formatFindings(findings),
    failed === 0 ? "ready to run" : `${failed} missing`,
  ];
  await printAnswer(report, human, { line, print: machine.print });
  return failed === 0 ? EXIT.success : EXIT.prerequisite;
}

async function lookAt(
  settings: Settings,
  machine: Machine,
): Promise<readonly Finding[]> {
  const inspection = await inspectHost(settings, machine);
  const { findings } = inspection;
  const api = await lookAtApi(settings, machine);
  const lacksTool = findings.some(({ result, subject }) =>
    result === "fail" && subject.startsWith("tool ")
  );
  // Without the tools nothing more can be told of the kernel.
  if (lacksTool) return [...findings, ...api];
  const runner = new DryRunner(machine.runner, () => {});
  return [
    ...findings,
    ...schedulersOf(inspection),
    ...await lookAtKernel(settings, { ...machine, runner }),
    ...api,
  ];
}

function schedulersOf({ schedulers }: Inspection): readonly Finding[] {
  if (schedulers === undefined) return [];
  const text = [...schedulers].join(" ");
  return [{ result: "ok", subject: "schedulers", text }];
}

async function lookAtKernel(
  settings: Settings,
  { runner, cpus, kernelRelease }: Machine,
): Promise<readonly Finding[]> {
  const rights = await checkRights(runner);
  if (rights.some(({ result }) => result === "fail")) return rights;
  let found: FoundBackEnd;
  try {
    found = await findIptablesBackEnd(runner);
  } catch (error) {
    return [...rights, noBackEnd(error)];
  }
  const host = createHost(runner, found.backEnd);
  const name = "net.ipv6.conf.all.disable_ipv6";
  const hasIpv6 = (await host.sysctls.read([name])).get(name) === "0";
  const facts = { kernelRelease: kernelRelease(), cpus, hasIpv6 };
  return [
    ...rights,
    checkBackEnd(found),
    {
      result: "ok",
      subject: "families",
      text: hasIpv6 ? "IPv4 and IPv6" : "IPv4; this host has no IPv6",
    },
    ...await checkSysctls(settings, facts, host.sysctls),
    ...await checkOthers(runner, host),
  ];
}

/** Without a word of where the API server is, nothing is asked. */
async function lookAtApi(
  settings: Settings,
  machine: Machine,
): Promise<readonly Finding[]> {
  const isNamed = settings.kubeconfig !== "" || settings.master !== "" ||
    (machine.env("KUBERNETES_SERVICE_HOST") ?? "") !== "";
  if (!isNamed) {
    return [{
      result: "warn",
      subject: "API server",
      text: "not looked at: nothing says where it is",
      remedy: "name it as for run: --kubeconfig, --master or --config",
    }];
  }
  try {
    const { access, warnings } = await connect(settings, machine);
    const nodeName = nodeNameOf(settings.hostnameOverride, machine.hostname);
    const transport = await openTransport(access);
    try {
      return [
        ...warnings.map((text): Finding => ({
          result: "warn",
          subject: "API server",
          text,
        })),
        ...await checkApi(transport, nodeName),
      ];
    } finally {
      transport.close();
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const text = error instanceof UsageError
      ? error.lines.join("; ")
      : error.message;
    return [{ result: "fail", subject: "API server", text }];
  }
}
