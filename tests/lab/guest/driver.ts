/**
 * What every driver starts with: it tells the host what happens, as it does.
 *
 * @module
 */

import { inside, type Place } from "./process.ts";
import { formatEvent, type LabConfig, type LabEvent } from "../protocol.ts";

const CONSOLE = "/dev/tty1";
const STEP_LIMIT_MS = 90_000;

/** How a step is run. */
export interface StepOptions {
  /** It fails after so long; default 90 s, times the parameter `patience`. */
  readonly limitMs?: number;
  /** Whether the driver ends when it fails; default: it goes on. */
  readonly required?: boolean;
}

/** What a driver has in hand. */
export class Driver {
  /** What the host gave. */
  readonly config: LabConfig;
  readonly #console: Deno.FsFile;
  readonly #onFailure: (() => readonly string[])[] = [];

  /** Only `drive` makes one. */
  constructor(config: LabConfig, console: Deno.FsFile) {
    this.config = config;
    this.#console = console;
  }

  /** Tells the host an event. */
  tell(event: LabEvent): void {
    const bytes = new TextEncoder().encode(formatEvent(event));
    for (let sent = 0; sent < bytes.length;) {
      sent += this.#console.writeSync(bytes.subarray(sent));
    }
  }

  /** Shows text at once, line by line. */
  say(text: string): void {
    for (const line of text.split("\n")) {
      this.tell({ kind: "text", text: line });
    }
  }

  /** Adds lines that are shown when a step fails: logs, kernel state. */
  onFailure(lines: () => readonly string[]): void {
    this.#onFailure.push(lines);
  }

  /** Runs a step; false when it failed. */
  async step(
    name: string,
    body: () => Promise<unknown>,
    options: StepOptions = {},
  ): Promise<boolean> {
    this.tell({ kind: "step", name });
    const startMs = performance.now();
    const patience = Number(this.config.parameters["patience"] ?? 1);
    const failure = await outcomeOf(
      body,
      options.limitMs ?? STEP_LIMIT_MS * patience,
    );
    if (failure !== undefined) {
      for (const lines of this.#onFailure) {
        for (const line of lines()) this.say(line);
      }
    }
    const ms = Math.round(performance.now() - startMs);
    this.tell(
      failure === undefined
        ? { kind: "step-end", name, ms }
        : { kind: "step-end", name, ms, failure },
    );
    if (failure !== undefined && options.required) {
      throw new Error(`Cannot go on without "${name}"`);
    }
    return failure === undefined;
  }

  /** Tells of a step that cannot run here, and why. */
  skip(name: string, reason: string): void {
    this.tell({ kind: "step", name });
    this.tell({ kind: "step-end", name, ms: 0, skipped: reason });
  }

  /**
   * Gives the third console to a shell and waits for its end; the lab must
   * have been booted as interactive.
   */
  async shell(
    place: Place | undefined,
    env: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const script = "exec <>/dev/tty2 >&0 2>&0; stty sane; exec bash --norc -i";
    const argv = inside(place, [
      "setsid",
      "--wait",
      "sh",
      "-c",
      script,
    ]);
    const [program = "", ...parameters] = argv;
    await new Deno.Command(program, { args: parameters, env: { ...env } })
      .spawn().status;
  }

  /** Hands a value to the one who booted the lab. */
  data(name: string, value: unknown): void {
    this.tell({ kind: "data", name, value });
  }
}

async function outcomeOf(
  body: () => Promise<unknown>,
  limitMs: number,
): Promise<string | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`not done after ${limitMs / 1000} s`)),
      limitMs,
    );
  });
  try {
    await Promise.race([body(), late]);
    return undefined;
  } catch (error) {
    return textOf(error);
  } finally {
    clearTimeout(timer);
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}

/** Runs a driver to its end and tells the host how it ended. */
export async function drive(
  body: (driver: Driver) => Promise<void>,
): Promise<never> {
  const config = JSON.parse(await Deno.readTextFile(Deno.args[0] ?? ""));
  const console = await Deno.open(CONSOLE, { write: true });
  const driver = new Driver(config, console);
  try {
    await body(driver);
    driver.tell({ kind: "end" });
  } catch (error) {
    driver.tell({ kind: "end", failure: textOf(error) });
  }
  Deno.exit(0);
}
