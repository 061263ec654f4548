/**
 * Agents, the API server and whatever else runs for long, with their logs.
 *
 * @module
 */

import type { LabConfig } from "../protocol.ts";
import { confined } from "./confined.ts";
import { type Place, Running } from "./process.ts";

/** Which agent to start, and how. */
export interface AgentOptions {
  /** Name of its bundle, as the host gave it. */
  readonly program: string;
  /** Its parameters. */
  readonly parameters?: readonly string[];
  /** Deno's permission flags; default: those that the agent ships with. */
  readonly permissions?: readonly string[];
  /** More of its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

const LOG_SHOWN = 40;

/** The programs of a cluster by what they are called. */
export class Programs {
  readonly #config: LabConfig;
  readonly #running = new Map<string, Running>();
  readonly #shown = new Map<Running, number>();
  readonly #again = new Map<string, () => Running>();

  /** None yet; the host says which bundles there are. */
  constructor(config: LabConfig) {
    this.#config = config;
  }

  /** Starts a command. */
  start(
    called: string,
    place: Place | undefined,
    argv: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Running {
    const running = this.#running.get(called);
    if (running !== undefined && running.ended === undefined) {
      throw new Error(`Cannot start "${called}": it is running`);
    }
    const program = new Running(place, argv, env);
    this.#running.set(called, program);
    return program;
  }

  /** Starts a bundle with its permissions, as root. */
  startBundle(called: string, place: Place, options: AgentOptions): Running {
    return this.#start(called, place, this.bundleCommand(options), options);
  }

  /** The same with the capabilities of the agent's unit, and no others. */
  startAgent(called: string, place: Place, options: AgentOptions): Running {
    const argv = confined(this.#config.agentUnit, this.bundleCommand(options));
    return this.#start(called, place, argv, options);
  }

  #start(
    called: string,
    place: Place,
    argv: readonly string[],
    { env }: AgentOptions,
  ): Running {
    const all = { DENO_DIR: `/run/deno-${called}`, ...env };
    const start = () => this.start(called, place, argv, all);
    this.#again.set(called, start);
    return start();
  }

  /** Stops what was started under a name, when it runs. */
  async stop(
    called: string,
    signal: Deno.Signal = "SIGTERM",
  ): Promise<Deno.CommandStatus> {
    return await this.get(called).stop(signal);
  }

  /** Stops a bundle and starts it again as it was. */
  async restart(called: string, signal?: Deno.Signal): Promise<Running> {
    await this.stop(called, signal);
    const again = this.#again.get(called);
    if (again === undefined) {
      throw new Error(`Cannot restart "${called}": it is no bundle`);
    }
    return again();
  }

  /**
   * What was started under a name.
   *
   * @throws {Error} when nothing was
   */
  get(called: string): Running {
    const running = this.#running.get(called);
    if (running !== undefined) return running;
    throw new Error(`Cannot find "${called}": it was never started`);
  }

  /** Whether something was started under a name. */
  has(called: string): boolean {
    return this.#running.has(called);
  }

  /** The command that runs a bundle with its permissions. */
  bundleCommand(options: AgentOptions): string[] {
    const { bundles, agentPermissions } = this.#config;
    const bundle = bundles[options.program];
    if (bundle === undefined) {
      throw new Error(`Cannot start "${options.program}": no such bundle`);
    }
    const { permissions = agentPermissions, parameters = [] } = options;
    const fixed = ["--quiet", "--no-prompt", "--no-config", "--no-lock"];
    const deno = ["/lab/bin/deno", "run", ...fixed];
    return [...deno, ...permissions, bundle, ...parameters];
  }

  /** The last lines of every log, without those that were shown before. */
  lastLines(): string[] {
    return [...this.#running].flatMap(([called, running]) => {
      const { lines, ended } = running;
      const fresh = lines - (this.#shown.get(running) ?? 0);
      this.#shown.set(running, lines);
      if (fresh === 0) return [];
      return [
        `--- ${called}${ended ? `, ended with ${ended.code}` : ""}, last lines`,
        ...running.log.slice(-Math.min(fresh, LOG_SHOWN)),
      ];
    });
  }
}
