import type { Argv, CommandRunner } from "#apply";
import { type Scheduler, SCHEDULERS } from "#model";
import { PrerequisiteError } from "./exit_code.ts";
import {
  REQUIRED_TOOLS,
  requiredModules,
  type RequiredTool,
  WANTED_MODULES,
} from "./requirements.ts";
import type { Settings } from "./settings_types.ts";

/** One thing that was looked at. */
export interface Finding {
  /** Whether it is as it should be. */
  readonly result: "ok" | "warn" | "fail";
  /** What was looked at. */
  readonly subject: string;
  /** What was seen. */
  readonly text: string;
  /** What to do about it; absent: nothing. */
  readonly remedy?: string;
}

/** What looking needs of the host. */
export interface PreflightHost {
  /** Runs the tools. */
  readonly runner: CommandRunner;
  /** Whether the folder of the kernel's modules is there. */
  hasModuleFolder(): Promise<boolean>;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function checkTool(
  tool: RequiredTool,
  runner: CommandRunner,
): Promise<Finding> {
  const subject = `tool ${tool.name}`;
  try {
    const { stdout } = await runner.run(tool.version);
    const version = /\d+\.\d+[\w.]*|version \d+/.exec(stdout)?.[0];
    return { result: "ok", subject, text: version ?? "present" };
  } catch (error) {
    return {
      result: "fail",
      subject,
      text: `needed for ${tool.purpose}; ${messageOf(error)}`,
      remedy: `install package ${tool.package}`,
    };
  }
}

async function isThere(
  version: Argv,
  runner: CommandRunner,
): Promise<boolean> {
  try {
    return (await runner.run(version)).code === 0;
  } catch {
    return false;
  }
}

/** Names of modules that the kernel neither has loaded nor can load. */
async function missingModules(
  names: readonly string[],
  runner: CommandRunner,
): Promise<ReadonlySet<string>> {
  const trial = await runner.run(["modprobe", "--dry-run", "--all", ...names]);
  const missing = new Set<string>();
  for (const [, name] of trial.stderr.matchAll(/Module (\S+) not found/g)) {
    if (name !== undefined) missing.add(name);
  }
  if (missing.size === 0) return missing;
  const loaded = await runner.run(["lsmod"]);
  for (const line of loaded.stdout.split("\n")) {
    missing.delete(line.split(/\s/, 1)[0] ?? "");
  }
  return missing;
}

/** Whether the kernel answers although it names no module: it is built in. */
async function isBuiltIn(
  name: string,
  runner: CommandRunner,
): Promise<boolean> {
  if (name === "ip_vs") {
    return (await runner.run(["ipvsadm", "--list", "--numeric"])).code === 0;
  }
  if (name === "ip_set") {
    return (await runner.run(["ipset", "list", "-name"])).code === 0;
  }
  return false;
}

/** Modules that the kernel lacks, and whether that can be known. */
async function lookForModules(
  scheduler: string,
  host: PreflightHost,
): Promise<ReadonlySet<string>> {
  const names = [...requiredModules(scheduler), ...WANTED_MODULES]
    .map(({ name }) => name);
  const schedulers = SCHEDULERS.map((name) => `ip_vs_${name}`);
  const all = new Set([...names, ...schedulers]);
  return await missingModules([...all], host.runner);
}

async function checkModules(
  scheduler: string,
  missing: ReadonlySet<string>,
  host: PreflightHost,
): Promise<Finding[]> {
  const required = requiredModules(scheduler);
  const hasFolder = missing.size === 0 || await host.hasModuleFolder();
  const findings: Finding[] = [];
  for (const { name, purpose } of required) {
    const subject = `module ${name}`;
    if (!missing.has(name) || await isBuiltIn(name, host.runner)) {
      findings.push({ result: "ok", subject, text: purpose });
    } else if (!hasFolder && name !== "ip_vs") {
      findings.push({
        result: "warn",
        subject,
        text: `needed for ${purpose}; it may be built in`,
        remedy: "the kernel has no folder of modules here; in a container " +
          "mount /lib/modules of the host",
      });
    } else {
      findings.push({
        result: "fail",
        subject,
        text: `needed for ${purpose}; the kernel has none`,
        remedy: "install the kernel's modules (linux-modules-extra on " +
          "Ubuntu, kernel-modules-extra on Fedora), or use a kernel that has " +
          "them; in a container mount /lib/modules of the host",
      });
    }
  }
  for (const { name, purpose } of WANTED_MODULES) {
    findings.push({
      result: missing.has(name) ? "warn" : "ok",
      subject: `module ${name}`,
      text: missing.has(name)
        ? `the kernel has none; without it not all ${purpose}`
        : purpose,
    });
  }
  return findings;
}

/** What looking at the host found. */
export interface Inspection {
  /** Everything that was looked at, in order. */
  readonly findings: readonly Finding[];
  /** Schedulers that the kernel has; absent: not known. */
  readonly schedulers?: ReadonlySet<Scheduler>;
  /** Whether `nft` is there, which tells of changes of rules. */
  readonly hasNft: boolean;
}

/** Looks for tools and modules; changes nothing. */
export async function inspectHost(
  settings: Pick<Settings, "scheduler">,
  host: PreflightHost,
): Promise<Inspection> {
  const { scheduler } = settings;
  const tools = await Promise.all(
    REQUIRED_TOOLS.map((tool) => checkTool(tool, host.runner)),
  );
  if (tools.some(({ result }) => result === "fail")) {
    return { findings: tools, hasNft: false };
  }
  const hasNft = await isThere(["nft", "--version"], host.runner);
  const missing = await lookForModules(scheduler, host);
  const modules = await checkModules(scheduler, missing, host);
  const findings = [...tools, ...modules];
  // Without its folder of modules a kernel may have schedulers built in.
  if (missing.size > 0 && !await host.hasModuleFolder()) {
    return { findings, hasNft };
  }
  const schedulers = SCHEDULERS.filter((name) => !missing.has(`ip_vs_${name}`));
  return { findings, schedulers: new Set(schedulers), hasNft };
}

/** Findings as lines; a remedy that several share is said once, after them. */
export function formatFindings(findings: readonly Finding[]): string[] {
  return findings.flatMap(({ result, subject, text, remedy }, index) => {
    const line = `${result.padEnd(4)}  ${subject}: ${text}`;
    const isLast = findings[index + 1]?.remedy !== remedy;
    return remedy !== undefined && isLast ? [line, `      -> ${remedy}`] : line;
  });
}

/**
 * Says in one error all that is missing.
 *
 * @throws {PrerequisiteError} when something has failed
 */
export function requireAll(findings: readonly Finding[]): void {
  const failed = findings.filter(({ result }) => result === "fail");
  if (failed.length === 0) return;
  throw new PrerequisiteError([
    "Cannot start: this node lacks what the proxy needs; nothing was changed",
    ...formatFindings(failed),
  ]);
}
