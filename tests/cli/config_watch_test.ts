import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ConfigWatch } from "../../mod/cli/config_watch.ts";
import { PrerequisiteError, UsageError } from "../../mod/cli/exit_code.ts";
import { LiveSettings } from "../../mod/cli/live_settings.ts";
import type { Settings } from "../../mod/cli/settings_types.ts";
import { setUpLogs } from "../../mod/observe/log_setup.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { settingsOf } from "./support.ts";

const NOTHING = { permissions: "none" } as const;

class Scene {
  readonly clock = new FakeClock();
  readonly live = new LiveSettings(settingsOf());
  readonly restarts: Settings[] = [];
  readonly log: string[] = [];
  readonly stop = new AbortController();
  args: string[] | Error = [];
  reads = 0;
  missing: PrerequisiteError | undefined;
  watchError: Error | undefined;
  #told: (() => void) | undefined;
  #running: Promise<void> | undefined;

  start(): void {
    setUpLogs({
      ...{ format: "text", verbosity: 0 },
      write: (line) => void this.log.push(line),
    });
    this.live.attach(() => Promise.resolve());
    this.#running = new ConfigWatch({
      live: this.live,
      reread: () => {
        this.reads++;
        return this.args instanceof Error
          ? Promise.reject(this.args)
          : Promise.resolve(settingsOf(...this.args));
      },
      rehearse: () =>
        this.missing === undefined
          ? Promise.resolve()
          : Promise.reject(this.missing),
      restart: (next) => void this.restarts.push(next),
      changes: (signal) => this.#changes(signal),
      clock: this.clock,
    }).run(this.stop.signal);
  }

  async *#changes(signal: AbortSignal): AsyncGenerator<void> {
    if (this.watchError !== undefined) throw this.watchError;
    while (!signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#told = resolve;
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
      if (!signal.aborted) yield;
    }
  }

  tell(): void {
    this.#told?.();
  }

  async end(): Promise<void> {
    this.stop.abort();
    this.tell();
    await this.#running;
  }
}

/** Something in the folder changes; what it leads to is over. */
async function change(scene: Scene, args: string[] | Error): Promise<void> {
  scene.args = args;
  scene.tell();
  await scene.clock.advance(1_000);
}

Deno.test(
  "run() takes a change over in place, once it is told",
  NOTHING,
  async () => {
    const scene = new Scene();
    scene.start();
    await scene.clock.advance(10_000);
    assertEquals(scene.reads, 0);
    await change(scene, ["-v=3"]);
    assertEquals(scene.live.current.verbosity, 3);
    assertStringIncludes(scene.log.join("\n"), "fields=logging.verbosity");
    await scene.end();
  },
);

Deno.test(
  "run() asks for another start where one is needed",
  NOTHING,
  async () => {
    const scene = new Scene();
    scene.start();
    await change(scene, ["--ipvs-scheduler=lc"]);
    assertEquals(scene.restarts.map(({ scheduler }) => scheduler), ["lc"]);
    await scene.end();
  },
);

Deno.test(
  "run() keeps what held when a start would fail",
  NOTHING,
  async () => {
    const scene = new Scene();
    scene.missing = new PrerequisiteError(["fail  module ip_vs_lc"]);
    scene.start();
    await change(scene, ["--ipvs-scheduler=lc"]);
    assertEquals(scene.restarts, []);
    assertStringIncludes(scene.log.join("\n"), "fail  module ip_vs_lc");
    await scene.end();
  },
);

Deno.test(
  "run() says once what is wrong, and takes the next that is right",
  NOTHING,
  async () => {
    const scene = new Scene();
    scene.start();
    const wrong = new UsageError(["F: ipvs.scheduler: Cannot use", "F: mode:"]);
    await change(scene, wrong);
    await change(scene, wrong);
    assertEquals(scene.log.length, 1);
    assertStringIncludes(scene.log[0] ?? "", "F: mode:");
    await change(scene, ["-v=1"]);
    assertEquals(scene.live.current.verbosity, 1);
    await change(scene, wrong);
    assertEquals(scene.log.length, 3);
    await scene.end();
  },
);

Deno.test("run() reads on a timer what nobody tells of", NOTHING, async () => {
  const scene = new Scene();
  scene.watchError = new Error("no such folder");
  scene.start();
  scene.args = ["-v=1"];
  await scene.clock.advance(61_000);
  assertEquals(scene.live.current.verbosity, 1);
  assertStringIncludes(scene.log[0] ?? "", "no such folder");
  await scene.end();
});

Deno.test("run() reads once for a burst of changes", NOTHING, async () => {
  const scene = new Scene();
  scene.start();
  await scene.clock.advance(0);
  for (let at = 0; at < 5; at++) {
    scene.tell();
    await scene.clock.advance(10);
  }
  await scene.clock.advance(1_000);
  assert(scene.reads <= 2, `${scene.reads} reads`);
  await scene.end();
});
