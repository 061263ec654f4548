import { HOST_CLOCK } from "#apply";
import { getLogger } from "@std/log";
import { ConfigWatch } from "./config_watch.ts";
import type { ExitCode } from "./exit_code.ts";
import { UsageError } from "./exit_code.ts";
import { changedFields, LiveSettings } from "./live_settings.ts";
import type { Settings } from "./settings_types.ts";

/** What running, and starting again when the configuration changes, takes. */
export interface RunOverOptions {
  /** The world around. */
  readonly machine: {
    /** Tells when something in a folder changes. */
    changesIn(folder: string, signal: AbortSignal): AsyncIterable<unknown>;
    /** Ends it all. */
    readonly signal: AbortSignal;
  };
  /** One start, until the signal. */
  runOnce(live: LiveSettings, signal: AbortSignal): Promise<ExitCode>;
  /** Whether a start with these settings would go through. */
  rehearse(next: Settings): Promise<void>;
  /** Reads flags and file again; absent: the file is not followed. */
  reread?(): Promise<Settings>;
}

/**
 * Runs, and starts again in this process with a configuration that asks for
 * it: the kernel's tables stay meanwhile, as at every end. A start that fails
 * all the same, before the kernel was as it asks for, goes back to what held
 * before; it is not tried again until the configuration is another one. What
 * fails later is no fault of the change: it ends the program.
 */
export async function runOverAndOver(
  settings: Settings,
  options: RunOverOptions,
): Promise<ExitCode> {
  let now = settings;
  let before: Settings | undefined;
  let failed: Settings | undefined;
  const { signal } = options.machine;
  for (;;) {
    const turn = new Turn(now, {
      ...options,
      rehearse: async (next) => {
        refuseAgain(next, failed);
        await options.rehearse(next);
      },
    });
    try {
      const code = await turn.run();
      if (turn.next === undefined || signal.aborted) return code;
      const { current, isProven } = turn.live;
      if (before === undefined || isProven) before = current;
      now = turn.next;
    } catch (error) {
      const { isProven } = turn.live;
      if (before === undefined || isProven || signal.aborted) throw error;
      getLogger("cli").error(
        "Cannot start with the new configuration: going back to the one before",
        { reason: error instanceof Error ? error.message : String(error) },
      );
      failed = now;
      now = before;
      before = undefined;
    }
  }
}

/** @throws {UsageError} when a start with the same settings has failed */
function refuseAgain(next: Settings, failed: Settings | undefined): void {
  if (failed === undefined || changedFields(failed, next).length > 0) return;
  throw new UsageError(["a start with it has failed; it is not tried again"]);
}

/** One start and what ends it. */
class Turn {
  readonly #options: RunOverOptions;
  readonly #end = new AbortController();

  /** What holds, as far as it was changed in place too. */
  readonly live: LiveSettings;
  /** What to start with next; undefined: it has ended for good. */
  next: Settings | undefined;

  constructor(settings: Settings, options: RunOverOptions) {
    this.live = new LiveSettings(settings);
    this.#options = options;
  }

  async run(): Promise<ExitCode> {
    const { machine, runOnce } = this.#options;
    const signal = AbortSignal.any([machine.signal, this.#end.signal]);
    const watching = this.#follow(signal);
    try {
      return await runOnce(this.live, signal);
    } finally {
      this.#end.abort();
      await watching;
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { machine, reread, rehearse } = this.#options;
    const { config, once, dryRun, initOnly } = this.live.current;
    const isFollowed = config !== "" && !once && !dryRun && !initOnly;
    if (reread === undefined || !isFollowed) return;
    await new ConfigWatch({
      live: this.live,
      reread,
      rehearse,
      changes: (end) => machine.changesIn(folderOf(config), end),
      restart: (next) => {
        this.next = next;
        this.#end.abort();
      },
      clock: HOST_CLOCK,
    }).run(signal);
  }
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : path.slice(0, slash) || "/";
}
