import { ItemSplitter } from "./items.ts";
import type { Clock, Transport } from "./transport.ts";
import { TransportError } from "./transport.ts";
import { parseListMetadata, parseStatusText } from "./wire.ts";

/** What other Nodes are listed for. */
export interface NodeAddresses {
  /** Name of the Node. */
  readonly name: string;
  /** InternalIPs and ExternalIPs as they are written. */
  readonly addresses: readonly string[];
}

/** How Nodes are listed. */
export interface NodeListOptions {
  /** The way to the API server. */
  readonly transport: Transport;
  /** Time. */
  readonly clock: Clock;
  /** Ends it. */
  readonly signal: AbortSignal;
  /**
   * False: ask for a Table, a hundredth of the bytes, which on some servers
   * has the first address of each kind only. True: ask for whole Nodes, which
   * have both families.
   */
  readonly everyAddress: boolean;
  /** A number in [0, 1). */
  random(): number;
}

/** Nodes of one page. */
const PAGE_LIMIT = 500;
/** What pages are spread by, in ms. */
const PAGE_JITTER_MS = 1000;
/** Longest page of a Table, in bytes: 500 rows of some hundred bytes. */
const MAX_TABLE_BYTES = 4 * 1024 * 1024;
const AS_TABLE =
  "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

interface Page {
  readonly nodes: readonly NodeAddresses[];
  readonly continueToken: string;
}

/**
 * Lists all Nodes, page by page; throws a `TransportError`. The answer comes
 * from the server's memory, not from etcd.
 */
export async function* listNodes(
  options: NodeListOptions,
): AsyncGenerator<NodeAddresses, void, void> {
  let token = "";
  while (true) {
    const page = await listPage(options, token);
    yield* page.nodes;
    token = page.continueToken;
    if (token === "") return;
    const waitMs = PAGE_JITTER_MS * options.random();
    await options.clock.sleep(waitMs, options.signal);
  }
}

async function listPage(
  options: NodeListOptions,
  token: string,
): Promise<Page> {
  const { everyAddress, signal, transport } = options;
  const query = new URLSearchParams({ limit: `${PAGE_LIMIT}` });
  if (token === "") query.set("resourceVersion", "0");
  else query.set("continue", token);
  if (!everyAddress) query.set("includeObject", "None");
  const response = await transport.send({
    path: `/api/v1/nodes?${query}`,
    accept: everyAddress ? "application/json" : AS_TABLE,
  }, signal);
  if (response.status !== 200) {
    const { message } = parseStatusText(await readText(response.body));
    throw new TransportError(
      `Cannot list Nodes: the API server refused (HTTP ${response.status}` +
        `${message === "" ? "" : `, ${message}`})`,
    );
  }
  const page = everyAddress
    ? await readNodes(response.body)
    : readTable(await readText(response.body));
  if (page !== undefined) return page;
  throw new TransportError("Cannot list Nodes: the answer is no list");
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_TABLE_BYTES) return "";
  }
  return text;
}

async function readNodes(
  body: AsyncIterable<Uint8Array>,
): Promise<Page | undefined> {
  const splitter = new ItemSplitter();
  const nodes: NodeAddresses[] = [];
  for await (const chunk of body) {
    for (const item of splitter.push(chunk)) {
      const node = item.kind === "line" ? readNode(item.text) : undefined;
      if (node !== undefined) nodes.push(node);
    }
  }
  const metadata = parseListMetadata(splitter.frame() ?? "");
  return metadata && { nodes, continueToken: metadata.continueToken };
}

interface WireNode {
  readonly metadata?: { readonly name?: unknown };
  readonly status?: { readonly addresses?: unknown };
}

function readNode(text: string): NodeAddresses | undefined {
  const node = parseJson<WireNode>(text);
  const name = node?.metadata?.name;
  if (typeof name !== "string") return undefined;
  const list = node?.status?.addresses;
  const addresses = (Array.isArray(list) ? list : [])
    .filter((entry) => /^(Internal|External)IP$/.test(`${entry?.type}`))
    .map((entry) => `${entry.address}`);
  return { name, addresses };
}

interface WireTable {
  readonly kind?: unknown;
  readonly items?: unknown;
  readonly columnDefinitions?: unknown;
  readonly rows?: unknown;
}

/** Reads a Table, or the plain list of a server that gives none. */
function readTable(text: string): Page | undefined {
  const table = parseJson<WireTable>(text);
  const metadata = parseListMetadata(text);
  if (metadata === undefined || table === undefined) return undefined;
  const { continueToken } = metadata;
  if (Array.isArray(table.items)) {
    const nodes = table.items.map((node) => readNode(JSON.stringify(node)));
    return { nodes: nodes.filter((node) => node !== undefined), continueToken };
  }
  const names = Array.isArray(table.columnDefinitions)
    ? table.columnDefinitions.map((column) => column?.name)
    : [];
  if (table.kind !== "Table" || !Array.isArray(table.rows)) return undefined;
  const columns = ["Internal-IP", "External-IP"].map((name) =>
    names.indexOf(name)
  );
  const nodes = table.rows.map((row): NodeAddresses => {
    const cells: readonly unknown[] = Array.isArray(row?.cells)
      ? row.cells
      : [];
    const addresses = columns.map((column) => cells[column])
      .filter((cell) => typeof cell === "string")
      .flatMap((cell) => cell.split(","))
      .filter((address) => /[.:]/.test(address));
    return { name: `${cells[names.indexOf("Name")]}`, addresses };
  });
  return { nodes, continueToken };
}

function parseJson<Shape>(text: string): Shape | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null
      ? value as Shape
      : undefined;
  } catch {
    return undefined;
  }
}
