/**
 * The order of a pass, and why it is this one.
 *
 * Making goes from what guards to what attracts: set elements (masquerade and
 * filters know a frontend before a packet can meet it), then virtual servers
 * with their real servers, then addresses. So a client never reaches a VIP
 * whose masquerade or filter is not there yet.
 *
 * Among the sets, `addresses` comes last: what is in it and in no other is
 * refused, and a VIP may be served all the while, by a proxy before this one or
 * since others have emptied our sets.
 *
 * Unmaking goes the other way for a Service: its virtual servers first, while
 * the address stays on the host, so that the next packet of a live connection
 * gets a RST from the host's own stack; then, some seconds later, the address;
 * with it its guard in set `addresses`. With the address gone first those
 * connections would hang in silence.
 *
 * Within one virtual server: make it or edit it, add real servers, raise
 * weights, then lower weights, then delete real servers. Whoever had a usable
 * real server before and has one after thus has one at each step (I2): all
 * that it gains comes before anything that it loses. Edits are in place; a
 * virtual server is never deleted to be made anew.
 *
 * Between virtual servers: those of the caller's first keys come first, and
 * virtual servers that vanish come last, since nothing waits for them.
 *
 * @module
 */
import type { SetEntry, SetKind } from "#plan";
import type { IpvsOperation } from "./types.ts";

/** Sets are filled in this order: who is kept out, how, what is served. */
const FILLING: Readonly<Record<SetKind, number>> = {
  // Before `restricted`, which drops all others.
  "source-ranges": 0,
  "restricted": 1,
  "drop": 2,
  "drop-outside": 3,
  "refuse": 4,
  "mark": 5,
  "cluster-ips": 6,
  "external": 7,
  "frontends": 8,
  "health-checks": 9,
  "addresses": 10,
};

/** Puts the elements of each set together, sets in the order of filling. */
export function inFillingOrder(entries: readonly SetEntry[]): SetEntry[] {
  const groups: SetEntry[][] = Object.keys(FILLING).map(() => []);
  for (const entry of entries) groups[FILLING[entry.set]]?.push(entry);
  return groups.flat();
}

/** Steps of one virtual server, gathered in any order. */
export class ServerSteps {
  readonly #steps: IpvsOperation[][] = [[], [], [], [], [], []];

  /** Adds an operation; `lowers` tells an edit that takes weight away. */
  push(operation: IpvsOperation, lowers?: "lowers"): void {
    this.#steps[rank(operation, lowers)]?.push(operation);
  }

  /** Adds all that another has gathered. */
  pushAll(other: ServerSteps): void {
    other.#steps.forEach((steps, rank) => this.#steps[rank]?.push(...steps));
  }

  /** Whether there is nothing to do. */
  get isEmpty(): boolean {
    return this.#steps.every((steps) => steps.length === 0);
  }

  /** All operations in their order. */
  inOrder(): IpvsOperation[] {
    return this.#steps.flat();
  }
}

function rank(operation: IpvsOperation, lowers?: "lowers"): number {
  switch (operation.verb) {
    case "add-service":
    case "edit-service":
      return 0;
    case "add-server":
      return 1;
    case "edit-server":
      return lowers === undefined ? 2 : 3;
    case "delete-server":
      return 4;
    case "delete-service":
      return 5;
  }
}

/** Puts virtual servers that vanish behind all else; keeps the order. */
export function vanishingLast(
  operations: readonly IpvsOperation[],
): IpvsOperation[] {
  const vanishing = operations.filter((one) => one.verb === "delete-service");
  if (vanishing.length === 0) return [...operations];
  return [
    ...operations.filter((one) => one.verb !== "delete-service"),
    ...vanishing,
  ];
}
