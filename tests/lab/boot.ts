/**
 * Boots a User Mode Linux guest that runs one driver program, and hands on
 * what the driver tells while it runs.
 *
 * @module
 */

import { bundle } from "./bundle.ts";
import { ensurePackages, type Need } from "./packages.ts";
import { permissionFlags } from "./permissions.ts";
import { type LabConfig, type LabEvent, parseEvent } from "./protocol.ts";
import { type BootCommand, STOCK_NEEDS, stockCommand } from "./stock.ts";
import { TextLineStream } from "./lines.ts";
import { readAgentUnit } from "./unit.ts";
import { COMPILER, hasWideRegisters, wideRegisters } from "./wide_registers.ts";

/** What to boot, and how. */
export interface LabOptions {
  /**
   * Which kernel; default `uml`. The stock one has nf_tables, and is slow;
   * `stock-counted` is slower still, and its clock counts instructions.
   */
  readonly kernel?: "uml" | "stock" | "stock-counted";
  /** The program that runs inside: a module that calls `drive`. */
  readonly driver: URL;
  /** Other programs the driver starts, by name: agents, the API server. */
  readonly programs?: Readonly<Record<string, URL>>;
  /** Packages that the driver needs beside the lab's own. */
  readonly packages?: readonly Need[];
  /** Handed to the driver as they are. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** The guest is ended after so long; default 300 s. */
  readonly timeLimitMs?: number;
  /** Memory of the guest; default 2048 MB, used only as far as touched. */
  readonly memoryMb?: number;
  /**
   * Whether the caller's terminal is the guest's third console. It becomes raw
   * when the guest opens that, and stays so: the caller puts it right again.
   */
  readonly interactive?: boolean;
  /**
   * Another root than the host's own tree, with systemd as its init; the
   * driver is a unit of it.
   */
  readonly root?: string;
  /** With `root`: a folder that the driver sees too, at its own path. */
  readonly shared?: string;
  /** Sees every line of the first console as it comes. */
  readonly onConsole?: (line: string) => void;
  /** Told what is being prepared. */
  readonly onProgress?: (line: string) => void;
}

/** A guest that runs. */
export interface Lab extends AsyncDisposable {
  /** What the driver tells, until its end. */
  readonly events: AsyncIterable<LabEvent>;
  /** Lines of the first console so far: kernel, programs, stack traces. */
  readonly console: readonly string[];
  /** Ends the guest now. */
  end(): Promise<void>;
}

const CONSOLE_LIMIT = 20_000;
const END_GRACE_MS = 3_000;

/**
 * Boots the guest and starts its driver.
 *
 * @throws {Error} when the lab cannot run here, with what to do
 */
export async function bootLab(options: LabOptions): Promise<Lab> {
  const say = options.onProgress ?? (() => {});
  const isStock = options.kernel?.startsWith("stock") === true;
  const isWide = !isStock && await hasWideRegisters();
  await ensurePackages(say, [
    ...(isStock ? STOCK_NEEDS : []),
    ...(isWide ? [COMPILER] : []),
    ...(options.packages ?? []),
  ]);
  const folder = await Deno.makeTempDir({ prefix: "lab-" });
  try {
    say("bundling the programs");
    await prepare(folder, options);
    const guest = {
      init: new URL("./init.sh", import.meta.url).pathname,
      lab: folder,
      memoryMb: options.memoryMb ?? 2048,
      isCounted: options.kernel === "stock-counted",
    };
    const command = isStock
      ? await stockCommand(guest)
      : umlCommand(guest, options);
    const env = isWide ? await wideRegisters(folder) : {};
    say("booting the guest");
    return run(folder, { ...command, env }, options);
  } catch (error) {
    await Deno.remove(folder, { recursive: true });
    throw error;
  }
}

async function prepare(folder: string, options: LabOptions): Promise<void> {
  const programs = { driver: options.driver, ...options.programs };
  const bundles: Record<string, string> = {};
  await Promise.all(
    Object.entries(programs).map(async ([name, entry]) => {
      bundles[name] = `${folder}/${name}.js`;
      await bundle(entry, bundles[name]);
    }),
  );
  const config: LabConfig = {
    deno: await denoFor(folder, options),
    guestFolder: new URL("./guest/", import.meta.url).pathname,
    bundles,
    agentPermissions: await permissionFlags("agent"),
    agentUnit: await readAgentUnit(),
    parameters: options.parameters ?? {},
  };
  await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(config));
  const start = `cp "${config.deno}" /lab/bin/deno
export DENO_DIR=/run/deno DENO_NO_UPDATE_CHECK=1 NO_COLOR=1
exec /lab/bin/deno run --quiet --allow-all --no-config --no-lock ` +
    `"${bundles["driver"]}" "${folder}/config.json"\n`;
  await Deno.writeTextFile(`${folder}/start.sh`, start);
}

/** Deno's path as the guest sees it. */
async function denoFor(folder: string, options: LabOptions): Promise<string> {
  if (options.root === undefined) return Deno.execPath();
  await Deno.copyFile(Deno.execPath(), `${folder}/deno`);
  return `${folder}/deno`;
}

function umlCommand(
  { init, lab: folder, memoryMb }: {
    readonly init: string;
    readonly lab: string;
    readonly memoryMb: number;
  },
  options: LabOptions,
): BootCommand {
  return {
    program: "linux.uml",
    parameters: [
      `mem=${memoryMb}M`,
      "rootfstype=hostfs",
      "rootflags=/",
      "ro",
      `init=${init}`,
      `lab=${folder}`,
      "con=null",
      "con0=null,fd:1",
      "con1=null,fd:2",
      ...(options.interactive ? ["con2=fd:0,fd:0"] : []),
      ...(options.root === undefined ? [] : [
        `labroot=${options.root}`,
        `labshared=${options.shared ?? folder}`,
        "systemd.mask=getty.target",
      ]),
      "quiet",
      "loglevel=3",
    ],
  };
}

function run(
  folder: string,
  { program, parameters, env }: BootCommand & {
    readonly env: Readonly<Record<string, string>>;
  },
  options: LabOptions,
): Lab {
  const process = new Deno.Command("setpriv", {
    // The guest ends with us even when we are killed.
    args: ["--pdeathsig=TERM", program, ...parameters],
    env: { TMPDIR: "/dev/shm", ...env },
    stdin: options.interactive ? "inherit" : "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const log: string[] = [];
  const kept = keepConsole(process.stdout, log, options);
  const limitMs = options.timeLimitMs ?? 300_000;
  let timedOut = false;
  const limit = setTimeout(() => {
    timedOut = true;
    void stop(process);
  }, limitMs);
  const ended = (async () => {
    await process.status;
    clearTimeout(limit);
    await kept;
    await Deno.remove(folder, { recursive: true });
  })();
  const end = async () => {
    await stop(process);
    await ended;
  };
  return {
    events: readEvents(process.stderr, log, () => ({
      ended,
      failure: timedOut
        ? `the guest was ended after its ${limitMs / 1000} s`
        : "the guest ended before its driver did",
    })),
    console: log,
    end,
    [Symbol.asyncDispose]: end,
  };
}

async function keepConsole(
  stream: ReadableStream<Uint8Array>,
  log: string[],
  options: LabOptions,
): Promise<void> {
  for await (const line of lines(stream)) {
    log.push(line);
    if (log.length > CONSOLE_LIMIT) log.shift();
    options.onConsole?.(line);
  }
}

async function* readEvents(
  stream: ReadableStream<Uint8Array>,
  log: string[],
  close: () => { readonly ended: Promise<void>; readonly failure: string },
): AsyncGenerator<LabEvent> {
  let told = false;
  for await (const line of lines(stream)) {
    const event = parseEvent(line);
    if (event === undefined) {
      log.push(line);
      continue;
    }
    told ||= event.kind === "end";
    yield event;
  }
  const { ended, failure } = close();
  await ended;
  if (!told) yield { kind: "end", failure };
}

function lines(
  stream: ReadableStream<Uint8Array>,
): ReadableStream<string> {
  return stream
    .pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
    .pipeThrough(new TextLineStream());
}

/** The guest's processes are the host's too: ask first, so that it ends them. */
async function stop(process: Deno.ChildProcess): Promise<void> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    try {
      process.kill(signal);
    } catch {
      return;
    }
    if (await endsWithin(process, END_GRACE_MS)) return;
  }
}

async function endsWithin(
  process: Deno.ChildProcess,
  graceMs: number,
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<"late">();
  const timer = setTimeout(() => resolve("late"), graceMs);
  const first = await Promise.race([process.status, promise]);
  clearTimeout(timer);
  return first !== "late";
}
