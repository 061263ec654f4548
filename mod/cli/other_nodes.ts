import type { Clock } from "#apply";
import { type ClusterNode, type Decoded, decodeNode } from "#model";
import type { Transport } from "#watch";
import { getLogger } from "@std/log";

/** Nodes of one page of the list. */
const PAGE_LIMIT = 500;
/** Between looks whether other nodes' addresses are needed, ms. */
const LOOK_MS = 5_000;
/** About how long a list is good for, ms; spread, so that agents ask apart. */
const LIST_MS = 600_000;
/** About how long a failed list is not tried again, ms. */
const RETRY_MS = 30_000;
/** Longest time for the list that the start waits for, ms. */
const FIRST_LIST_MS = 10_000;

const ACCEPT = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

type Nodes = Map<string, Decoded<ClusterNode>>;
type Json = Readonly<Record<string, unknown>>;

function asJson(value: unknown): Json {
  return typeof value === "object" && value !== null ? value as Json : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Rows of a Table as Nodes: name and one address of each type. */
function nodesOfTable(table: Json): unknown[] {
  const columns = asList(table.columnDefinitions).map((column) =>
    asJson(column).name
  );
  return asList(table.rows).map((row) => {
    const cells = asList(asJson(row).cells);
    const cell = (name: string): unknown => cells[columns.indexOf(name)];
    const addresses = ["Internal", "External"].map((type) => ({
      type: `${type}IP`,
      address: cell(`${type}-IP`),
    })).filter(({ address }) => address !== undefined && address !== "<none>");
    return { metadata: { name: cell("Name") }, status: { addresses } };
  });
}

async function readPage(
  transport: Transport,
  path: string,
  signal: AbortSignal,
): Promise<Json> {
  const response = await transport.send({ path, accept: ACCEPT }, signal);
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body) {
    text += decoder.decode(chunk, { stream: true });
  }
  if (response.status === 200) return asJson(JSON.parse(text));
  throw new Error(`Cannot list Nodes: HTTP status ${response.status}`);
}

/**
 * Lists all Nodes page by page, as a Table where the server gives one: that
 * is a hundredth of the objects themselves.
 */
export async function listNodes(
  transport: Transport,
  signal: AbortSignal,
): Promise<Nodes> {
  const nodes: Nodes = new Map();
  let token = "";
  do {
    const query = new URLSearchParams({
      limit: String(PAGE_LIMIT),
      includeObject: "None",
      ...(token === "" ? {} : { continue: token }),
    });
    const page = await readPage(transport, `/api/v1/nodes?${query}`, signal);
    const isTable = page.kind === "Table";
    for (const object of isTable ? nodesOfTable(page) : asList(page.items)) {
      const { name } = asJson(asJson(object).metadata);
      if (typeof name === "string") nodes.set(name, decodeNode(object));
    }
    token = String(asJson(page.metadata).continue ?? "");
  } while (token !== "");
  return nodes;
}

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
  /** Takes a complete list. */
  replaceNodes(nodes: ReadonlyMap<string, Decoded<ClusterNode>>): void;
}

/**
 * Lists the other Nodes while some Service has external or load-balancer
 * addresses, so that no node's own address is taken from it.
 */
export class OtherNodes {
  readonly #options: OtherNodesOptions;
  #nextMs = 0;

  /** Nothing is listed before it is needed. */
  constructor(options: OtherNodesOptions) {
    this.#options = options;
  }

  /** Lists once before the first pass, in bounded time, if it is needed. */
  async before(): Promise<void> {
    const { signal, isNeeded } = this.#options;
    if (!isNeeded()) return;
    const bounded = AbortSignal.any([
      signal,
      AbortSignal.timeout(FIRST_LIST_MS),
    ]);
    await this.#look(bounded);
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
      await this.#look(signal);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { transport, clock, nodeName, isNeeded } = this.#options;
    if (!isNeeded() || clock.monotonicMs() < this.#nextMs) return;
    try {
      const nodes = await listNodes(transport, signal);
      nodes.delete(nodeName);
      this.#options.replaceNodes(nodes);
      this.#rest(LIST_MS);
    } catch (error) {
      if (this.#options.signal.aborted) return;
      const reason = error instanceof Error ? error.message : String(error);
      getLogger("watch").warn(
        "other nodes' addresses are not known; one that a Service names is " +
          "not guarded",
        { reason },
      );
      this.#rest(RETRY_MS);
    }
  }

  #rest(aboutMs: number): void {
    const { clock, random } = this.#options;
    this.#nextMs = clock.monotonicMs() + aboutMs * (0.75 + random() / 2);
  }
}
