/**
 * Tells the story: what is said, run and proven goes to the screen as it
 * happens.
 *
 * @module
 */

import type { Cluster, Driver, Place } from "../../lab/guest/mod.ts";
import { NARRATION, type Narration } from "../narration.ts";

/** How a command is shown. */
export interface ShowOptions {
  /** Text that stands for the command line; default: the command itself. */
  readonly as?: string;
  /** Lines of its output that are shown; default: all. */
  readonly keep?: (line: string) => boolean;
  /** Its standard input. */
  readonly stdin?: string;
}

/** Tells what happens. */
export class Narrator {
  readonly #driver: Driver;
  readonly #cluster: Cluster;

  /** Tells through the driver. */
  constructor(driver: Driver, cluster: Cluster) {
    this.#driver = driver;
    this.#cluster = cluster;
  }

  /** Tells one thing. */
  tell(told: Narration): void {
    this.#driver.data(NARRATION, told);
  }

  /** Says something. */
  say(text: string): void {
    this.tell({ kind: "say", text });
  }

  /** Says that setting up got further. */
  progress(text: string): void {
    this.tell({ kind: "progress", text });
  }

  /**
   * Records that a claim holds, with what was seen.
   *
   * @throws {Error} when what was seen does not show it
   */
  prove(claim: string, seen: string, holds: boolean): void {
    if (!holds) throw new Error(`Cannot show that ${claim}: ${seen}`);
    this.tell({ kind: "proof", claim, seen });
  }

  /**
   * Runs a command in a place, shows it with its output, and gives that.
   *
   * @throws {Error} when it fails
   */
  async show(
    place: Place,
    argv: readonly string[],
    options: ShowOptions = {},
  ): Promise<string> {
    const { as = argv.join(" "), keep = () => true, stdin } = options;
    const { code, stdout, stderr } = await this.#cluster.exec(
      place,
      argv,
      stdin === undefined ? {} : { stdin },
    );
    if (code !== 0) {
      throw new Error(
        `Cannot run ${argv.join(" ")} on ${place.name}: exit ${code}: ` +
          `${stderr}${stdout}`,
      );
    }
    const output = stdout.split("\n").filter((line) =>
      line.trim() !== "" && keep(line)
    );
    this.tell({ kind: "command", place: place.name, command: as, output });
    return stdout;
  }
}
