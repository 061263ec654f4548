import { HostRunDirectory } from "#agent";
import { cleanUp } from "./cleanup/cleanup.ts";
import { HOST_CLOCK, HostCommandRunner } from "#apply";
import { check } from "./check.ts";
import { runCommand } from "./commands.ts";
import { openControl } from "./control/client.ts";
import type { ExitCode } from "./exit_code.ts";
import { explain } from "./explain.ts";
import { proxyHealth } from "./migrate/proxy_health.ts";
import { migrate } from "./migrate/migrate.ts";
import { type Machine, run } from "./run.ts";
import type { HostFacts } from "./sysctl_plan.ts";
import { openTerminal } from "./terminal.ts";

async function hasFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch {
    return false; // absent, or shut to us: either way it tells nothing
  }
}

function hasModuleFolder(): Promise<boolean> {
  return hasFolder(`/lib/modules/${Deno.osRelease()}`);
}

/** Changes in a folder, until the signal. */
async function* changesIn(
  folder: string,
  signal: AbortSignal,
): AsyncGenerator<unknown> {
  const watcher = Deno.watchFs(folder, { recursive: false });
  const close = (): void => watcher.close();
  signal.addEventListener("abort", close);
  if (signal.aborted) close();
  try {
    yield* watcher;
  } finally {
    signal.removeEventListener("abort", close);
  }
}

/** Aborted by SIGTERM and SIGINT; SIGHUP is ignored. */
function endOfProcess(): AbortSignal {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  Deno.addSignalListener("SIGTERM", end);
  Deno.addSignalListener("SIGINT", end);
  Deno.addSignalListener("SIGHUP", () => {});
  return stop.signal;
}

async function writeOut(path: string, content: Uint8Array): Promise<void> {
  if (path !== "-") {
    return await Deno.writeFile(path, content, { mode: 0o600 });
  }
  for (let done = 0; done < content.length;) {
    done += await Deno.stdout.write(content.subarray(done));
  }
}

function openMachine(signal: AbortSignal): Machine {
  return {
    runner: new HostCommandRunner(),
    hostname: () => Deno.hostname(),
    kernelRelease: () => Deno.osRelease(),
    cpus: navigator.hardwareConcurrency,
    hasModuleFolder,
    readFile: (path) => Deno.readTextFile(path),
    changesIn,
    env: (name) => Deno.env.get(name),
    print: printLine,
    signal,
  };
}

function factsOfHost(): HostFacts {
  return {
    kernelRelease: Deno.osRelease(),
    cpus: navigator.hardwareConcurrency,
    hasIpv6: true,
  };
}

function printLine(line: string): void {
  // deno-lint-ignore no-console -- standard output is for answers
  console.log(line);
}

/** Runs the program with these arguments and gives its exit code. */
export async function main(args: readonly string[]): Promise<ExitCode> {
  // Only what works until it is told to end listens for signals.
  let stop: AbortSignal | undefined;
  const signal = (): AbortSignal => stop ??= endOfProcess();
  return await runCommand(args, {
    print: printLine,
    // deno-lint-ignore no-console -- standard error is for complaints
    complain: (line) => console.error(line),
    readFile: (path) => Deno.readTextFile(path),
    explain: (request) => explain(request, new HostCommandRunner()),
    cleanUp: (request) =>
      cleanUp(request, {
        runner: new HostCommandRunner(),
        folder: new HostRunDirectory(request.runDir),
        facts: factsOfHost(),
        proxyHealth,
      }),
    migrate: ({ verb, force, runDir }) =>
      migrate({ verb, force }, {
        sleep: (ms) => HOST_CLOCK.sleep(ms, signal()),
        runner: new HostCommandRunner(),
        hasModuleFolder,
        folder: new HostRunDirectory(runDir),
        proxyHealth,
      }, factsOfHost()),
    writeFile: (path, text) => Deno.writeTextFile(path, text),
    writePrivately: writeOut,
    control: openControl,
    runner: new HostCommandRunner(),
    nowMs: HOST_CLOCK.nowMs,
    sleep: HOST_CLOCK.sleep,
    get signal() {
      return signal();
    },
    terminal: openTerminal((name) => Deno.env.get(name)),
    run: (settings, reread, logs) =>
      run(settings, { ...openMachine(signal()), logs }, reread),
    check: (settings, line) => check(settings, openMachine(signal()), line),
  });
}
