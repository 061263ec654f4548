/**
 * What stands between an agent and its host, so that the agent can die as by
 * SIGKILL: from then on nothing that it does has an effect, and nothing that
 * it waits for comes.
 *
 * @module
 */
import type { RunDirectory } from "../../mod/agent/mod.ts";
import type {
  Argv,
  CommandOptions,
  CommandResult,
  CommandRunner,
} from "../../mod/apply/mod.ts";
import type { FakeRunDirectory } from "../agent/fake_run_directory.ts";
import type { FakeHost } from "../support/fake_host.ts";

/**
 * Where death strikes.
 *
 * - `before`: the tool is not even started
 * - `amid`: the tool dies too, after so many lines of its input
 * - `after`: the tool does all its work, and nobody hears of it
 */
export interface Death {
  /** Calls that still go well; counted over tools and state file. */
  left: number;
  readonly where: "before" | "amid" | "after";
  readonly lines: number;
}

/** The door of one agent. */
export class Gate implements CommandRunner {
  readonly #host: FakeHost;
  #death: Death | undefined;
  isDead = false;
  /** Input of the tool that is at work. */
  running = "";

  constructor(host: FakeHost) {
    this.#host = host;
  }

  /** The agent dies at a call that is still to come. */
  dieAt(death: Death): void {
    this.#death = death;
  }

  /** The agent dies now, if it lives. */
  die(): void {
    this.isDead = true;
  }

  async run(argv: Argv, options: CommandOptions = {}): Promise<CommandResult> {
    if (this.isDead) return await never();
    const death = this.#strike();
    if (death === undefined) {
      this.running = options.stdin ?? "";
      const result = await this.#host.run(argv, options)
        .finally(() => this.running = "");
      return this.isDead ? await never() : result;
    }
    if (death.where !== "before") {
      const stdin = death.where === "after"
        ? options.stdin
        : firstLines(options.stdin, death.lines);
      await this.#host.run(argv, {
        ...options,
        ...(stdin === undefined ? {} : { stdin }),
      });
    }
    return await never();
  }

  async *lines(argv: Argv, signal: AbortSignal): AsyncIterable<string> {
    for await (const line of this.#host.lines(argv, signal)) {
      if (this.isDead) return await never();
      yield line;
    }
  }

  /** Its run directory. A write that death meets is torn. */
  directory(real: FakeRunDirectory): RunDirectory {
    const guarded = async <Value>(
      work: () => Promise<Value>,
      torn?: () => Promise<Value>,
    ): Promise<Value> => {
      if (this.isDead) return await never();
      const death = torn === undefined ? undefined : this.#strike();
      if (death === undefined) return await work();
      if (death.where === "after") await work();
      else if (death.where === "amid") await torn?.();
      return await never();
    };
    return {
      read: (name) => guarded(() => real.read(name)),
      append: (name, text) =>
        guarded(
          () => real.append(name, text),
          () => real.append(name, text.slice(0, text.length / 2)),
        ),
      // A file is replaced as a whole, or not at all.
      replace: (name, text) =>
        guarded(
          () => real.replace(name, text),
          () => Promise.resolve(),
        ),
      lock: async (name) => {
        const lock = await guarded(() => real.lock(name));
        return lock && { release: () => guarded(() => lock.release()) };
      },
    };
  }

  /** Whether death strikes at this call. */
  #strike(): Death | undefined {
    const death = this.#death;
    if (death === undefined || death.left-- > 0) return undefined;
    this.isDead = true;
    return death;
  }
}

function firstLines(text: string | undefined, count: number): string {
  const lines = (text ?? "").split("\n").slice(0, count);
  return lines.map((line) => `${line}\n`).join("");
}

function never(): Promise<never> {
  return new Promise(() => {});
}
