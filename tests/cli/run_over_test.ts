import { assert, assertEquals, assertRejects } from "@std/assert";
import type { LiveSettings } from "../../mod/cli/live_settings.ts";
import { runOverAndOver } from "../../mod/cli/run_over.ts";
import type { Settings } from "../../mod/cli/settings_types.ts";
import { setUpLogs } from "../../mod/observe/log_setup.ts";
import { lacks, SCRATCH } from "../support/permission.ts";
import { settingsOf, until } from "./support.ts";

const NOTHING = { permissions: "none" } as const;
const WITH_FILES = { ignore: lacks("runOverAndOver()", SCRATCH) };

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Starts, and what each was told. */
class Starts {
  readonly schedulers: string[] = [];
  /** The scheduler with which a start fails. */
  fails = "";
  /** The last start. */
  live: LiveSettings | undefined;
  /** Has it fail. */
  crash: () => void = () => {};

  runOnce = async (live: LiveSettings, signal: AbortSignal): Promise<0> => {
    const { scheduler } = live.current;
    this.schedulers.push(scheduler);
    if (scheduler === this.fails) throw new Error("no such module");
    this.live = live;
    const crash = Promise.withResolvers<void>();
    this.crash = () => crash.reject(new Error("out of memory"));
    await Promise.race([ended(signal), crash.promise]);
    return 0;
  };
}

/** Lines of the log. */
const said: string[] = [];

/** A file that a start reads its scheduler from. */
async function withFile(
  body: (file: {
    readonly read: () => Promise<Settings>;
    readonly write: (scheduler: string) => Promise<void>;
  }) => Promise<void>,
): Promise<void> {
  const write = (line: string): void => void said.push(line);
  setUpLogs({ format: "text", verbosity: 0, write });
  const folder = await Deno.makeTempDir({ dir: "/tmp" });
  const path = `${folder}/config.conf`;
  try {
    await Deno.writeTextFile(path, "rr");
    await body({
      read: async () =>
        settingsOf(
          `--config=${path}`,
          `--ipvs-scheduler=${await Deno.readTextFile(path)}`,
        ),
      // As an editor writes.
      write: async (scheduler) => {
        await Deno.writeTextFile(`${path}.new`, scheduler);
        await Deno.rename(`${path}.new`, path);
      },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function* watch(
  folder: string,
  signal: AbortSignal,
): AsyncGenerator<unknown> {
  using watcher = Deno.watchFs(folder, { recursive: false });
  signal.addEventListener("abort", () => watcher.close(), { once: true });
  yield* watcher;
}

/** Runs over and over, every rehearsal goes through; the first start is over. */
async function begin(
  { read }: { readonly read: () => Promise<Settings> },
  fails = "",
): Promise<{
  readonly stop: AbortController;
  readonly starts: Starts;
  readonly running: Promise<number>;
}> {
  const stop = new AbortController();
  const starts = new Starts();
  starts.fails = fails;
  const running = runOverAndOver(await read(), {
    machine: { changesIn: watch, signal: stop.signal },
    runOnce: starts.runOnce,
    rehearse: () => Promise.resolve(),
    reread: read,
  });
  await until(() => starts.schedulers.length === 1);
  return { stop, starts, running };
}

Deno.test(
  "runOverAndOver() starts again when the file is another one",
  WITH_FILES,
  async () => {
    await withFile(async (file) => {
      const { stop, starts, running } = await begin(file);
      await file.write("lc");
      await until(() => starts.schedulers.length === 2);
      assertEquals(starts.schedulers, ["rr", "lc"]);
      stop.abort();
      assertEquals(await running, 0);
      assertEquals(starts.schedulers.length, 2);
    });
  },
);

Deno.test(
  "runOverAndOver() goes back when the start with the new one fails",
  WITH_FILES,
  async () => {
    await withFile(async (file) => {
      const { stop, starts, running } = await begin(file, "lc");
      await file.write("lc");
      await until(() => starts.schedulers.length === 3);
      assertEquals(starts.schedulers, ["rr", "lc", "rr"]);
      // The file is looked at again: it still says what could not be started.
      const { length } = said;
      await file.write("lc");
      await until(() => said.length > length);
      assertEquals(starts.schedulers, ["rr", "lc", "rr"]);
      assert(said.at(-1)?.includes("a start with it has failed"), said.at(-1));
      await file.write("wlc");
      await until(() => starts.schedulers.length === 4);
      assertEquals(starts.schedulers.at(-1), "wlc");
      stop.abort();
      assertEquals(await running, 0);
    });
  },
);

Deno.test(
  "runOverAndOver() does not go back once the new one has gone through",
  WITH_FILES,
  async () => {
    await withFile(async (file) => {
      const { stop, starts, running } = await begin(file);
      let outcome: unknown;
      const over = running
        .then((code) => outcome = code, (error) => outcome = error.message);
      await file.write("lc");
      await until(() => starts.schedulers.length === 2);
      starts.live?.prove();
      starts.crash();
      await until(() =>
        outcome !== undefined || starts.schedulers.length === 3
      );
      stop.abort();
      await over;
      assertEquals(outcome, "out of memory");
      assertEquals(starts.schedulers, ["rr", "lc"]);
    });
  },
);

Deno.test(
  "runOverAndOver() goes back to what has gone through, with changes in place",
  WITH_FILES,
  async () => {
    await withFile(async (file) => {
      const { stop, starts, running } = await begin(file);
      const first = starts.live;
      first?.prove();
      first?.attach(() => Promise.resolve());
      await first?.offer(settingsOf(...withConfig(first.current), "-v=4"));
      await file.write("lc");
      await until(() => starts.schedulers.length === 2);
      // Never gone through: not what is gone back to.
      await file.write("wlc");
      await until(() => starts.schedulers.length === 3);
      starts.crash();
      await until(() => starts.schedulers.length === 4);
      assertEquals(starts.schedulers, ["rr", "lc", "wlc", "rr"]);
      assertEquals(starts.live?.current.verbosity, 4);
      stop.abort();
      assertEquals(await running, 0);
    });
  },
);

/** Flags that give the same file and scheduler. */
function withConfig({ config, scheduler }: Settings): string[] {
  return [`--config=${config}`, `--ipvs-scheduler=${scheduler}`];
}

Deno.test(
  "runOverAndOver() hands on the error of the first start",
  NOTHING,
  async () => {
    const starts = new Starts();
    starts.fails = "rr";
    await assertRejects(
      () =>
        runOverAndOver(settingsOf(), {
          machine: {
            changesIn: watch,
            signal: new AbortController().signal,
          },
          runOnce: starts.runOnce,
          rehearse: () => Promise.resolve(),
        }),
      Error,
      "no such module",
    );
  },
);

Deno.test(
  "runOverAndOver() ends when it is told to while a new configuration is rehearsed",
  WITH_FILES,
  async () => {
    await withFile(async (file) => {
      const stop = new AbortController();
      const starts = new Starts();
      const rehearsal = Promise.withResolvers<void>();
      let isRehearsing = false;
      const running = runOverAndOver(await file.read(), {
        machine: { changesIn: watch, signal: stop.signal },
        runOnce: starts.runOnce,
        rehearse: () => {
          isRehearsing = true;
          return rehearsal.promise;
        },
        reread: file.read,
      });
      await until(() => starts.schedulers.length === 1);
      await file.write("lc");
      await until(() => isRehearsing);
      stop.abort();
      rehearsal.resolve();
      assertEquals(await running, 0);
      assertEquals(starts.schedulers, ["rr"]);
    });
  },
);
