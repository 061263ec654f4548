import type { Clock } from "#apply";
import { type ClusterNode, type Decoded, decodeNode } from "#model";
import { listNodes, type Transport } from "#watch";
import { getLogger } from "@std/log";

/** Between looks whether a list is due, ms. */
const LOOK_MS = 500;
/** About how long a list is good for, ms; spread, so that agents ask apart. */
const LIST_MS = 600_000;
/** About how long a failed list is not tried again, ms. */
const RETRY_MS = 30_000;
/** Longest time for the list that the start waits for, ms. */
const FIRST_LIST_MS = 10_000;
/**
 * Rest after a list before new addresses lead to another, ms for each node
 * and at least: all nodes ask at once, and each is given all nodes.
 */
const REST_MS_PER_NODE = 1_000;
const LEAST_REST_MS = 10_000;
/**
 * Up to so many nodes are listed whole. A Table, a hundredth of that, has the
 * first address of each kind only, thus one family of two.
 */
const WHOLE_LIMIT = 200;

type Nodes = Map<string, Decoded<ClusterNode>>;

/** What knowing other nodes' addresses takes. */
export interface OtherNodesOptions {
  /** The way to the API server. */
  readonly transport: Transport;
  /** Time. */
  readonly clock: Clock;
  /** Name of this node, which is watched and not listed. */
  readonly nodeName: string;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** A number in [0, 1). */
  random(): number;
  /** Whether some Service has addresses that another node may own. */
  isNeeded(): boolean;
  /** How many such addresses have ever come; it never falls. */
  addressesSeen(): number;
  /** Takes a complete list. */
  replaceNodes(nodes: ReadonlyMap<string, Decoded<ClusterNode>>): void;
}

/**
 * Lists the other Nodes, so that no node's own address is taken from it: at
 * the start, when a Service brings an external or load-balancer address that
 * was not there at the last list, and now and then.
 */
export class OtherNodes {
  readonly #options: OtherNodesOptions;
  /** A list is stale from then on. */
  #staleMs = 0;
  /** New addresses lead to a list from then on. */
  #restedMs = 0;
  #seenAtList = -1;
  /** Nodes as they were last listed whole. */
  #whole: Nodes = new Map();

  /** Nothing is listed yet. */
  constructor(options: OtherNodesOptions) {
    this.#options = options;
  }

  /**
   * Lists once before the first pass, in bounded time, whether or not it is
   * needed yet: the Service that needs it may be the next event.
   */
  async before(): Promise<void> {
    const bounded = AbortSignal.any([
      this.#options.signal,
      AbortSignal.timeout(FIRST_LIST_MS),
    ]);
    await this.#list(bounded);
  }

  /** Looks now and then until the signal. */
  async keep(): Promise<void> {
    const { clock, signal } = this.#options;
    while (!signal.aborted) {
      try {
        await clock.sleep(LOOK_MS, signal);
      } catch {
        return; // the signal, which is the way to end this
      }
      if (this.#isDue()) await this.#list(signal);
    }
  }

  #isDue(): boolean {
    const { clock, isNeeded, addressesSeen } = this.#options;
    if (!isNeeded()) return false;
    const nowMs = clock.monotonicMs();
    if (nowMs >= this.#staleMs) return true;
    return nowMs >= this.#restedMs && addressesSeen() !== this.#seenAtList;
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { nodeName, replaceNodes, addressesSeen } = this.#options;
    const seen = addressesSeen();
    try {
      const nodes = await this.#read(signal, "first address");
      nodes.delete(nodeName);
      const isFew = nodes.size <= WHOLE_LIMIT;
      // What is known whole is not halved until the whole comes again: its
      // second addresses would be bound here meanwhile.
      if (!isFew || this.#seenAtList < 0) replaceNodes(this.#withKnown(nodes));
      if (isFew) {
        this.#whole = await this.#read(signal, "every address");
        this.#whole.delete(nodeName);
        replaceNodes(this.#whole);
      }
      this.#rest(
        LIST_MS,
        Math.max(LEAST_REST_MS, nodes.size * REST_MS_PER_NODE),
      );
      this.#seenAtList = seen;
    } catch (error) {
      if (this.#options.signal.aborted) return;
      const reason = error instanceof Error ? error.message : String(error);
      getLogger("watch").warn(
        "other nodes' addresses are not known; one that a Service names is " +
          "not guarded",
        { reason },
      );
      this.#rest(RETRY_MS, RETRY_MS);
    }
  }

  /**
   * A cluster that grew too large to be listed whole: what was known of its
   * Nodes stays known, as long as their first addresses are among it.
   */
  #withKnown(nodes: Nodes): Nodes {
    const all: Nodes = new Map();
    for (const [name, node] of nodes) {
      const known = this.#whole.get(name);
      const isSame = node.kind === "object" && known?.kind === "object" &&
        node.value.addresses.every((address) =>
          known.value.addresses.includes(address)
        );
      all.set(name, isSame ? known : node);
    }
    this.#whole = new Map(
      [...this.#whole].filter(([name, node]) => all.get(name) === node),
    );
    return all;
  }

  async #read(
    signal: AbortSignal,
    what: "first address" | "every address",
  ): Promise<Nodes> {
    const { transport, clock, random } = this.#options;
    const everyAddress = what === "every address";
    const options = { transport, clock, signal, everyAddress, random };
    const nodes: Nodes = new Map();
    for await (const { name, addresses } of listNodes(options)) {
      const status = {
        addresses: addresses.map((address) => ({
          type: "InternalIP",
          address,
        })),
      };
      nodes.set(name, decodeNode({ metadata: { name }, status }));
    }
    return nodes;
  }

  #rest(staleMs: number, restedMs: number): void {
    const { clock, random } = this.#options;
    const nowMs = clock.monotonicMs();
    const spread = 0.75 + random() / 2;
    this.#staleMs = nowMs + staleMs * spread;
    this.#restedMs = nowMs + Math.min(staleMs, restedMs) * spread;
  }
}
