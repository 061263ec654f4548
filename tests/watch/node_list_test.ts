import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { listNodes } from "../../mod/watch/node_list.ts";
import {
  type Transport,
  TransportError,
  type TransportRequest,
  type TransportResponse,
} from "../../mod/watch/transport.ts";
import { SimClock } from "./sim_clock.ts";

const PURE = { permissions: "none" } as const;

class Pages implements Transport {
  readonly requests: TransportRequest[] = [];
  readonly #pages: unknown[];
  readonly #status: number;

  constructor(pages: unknown[], status = 200) {
    this.#pages = pages;
    this.#status = status;
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    this.requests.push(request);
    await Promise.resolve();
    const text = JSON.stringify(this.#pages.shift());
    const body = (async function* () {
      await Promise.resolve();
      yield new TextEncoder().encode(text);
    })();
    return { status: this.#status, body };
  }

  reset(): void {}
}

async function list(
  pages: Pages,
  { everyAddress = false }: { everyAddress?: boolean } = {},
) {
  const clock = new SimClock();
  const listed = Array.fromAsync(listNodes({
    transport: pages,
    clock,
    signal: new AbortController().signal,
    everyAddress,
    random: () => 0.5,
  }));
  listed.catch(() => {});
  await clock.pass(5000);
  return await listed;
}

const COLUMNS = ["Name", "Status", "Internal-IP", "External-IP"]
  .map((name) => ({ name }));

function table(cells: unknown[][], token = "") {
  return {
    kind: "Table",
    metadata: { resourceVersion: "7", continue: token },
    columnDefinitions: COLUMNS,
    rows: cells.map((row) => ({ cells: row })),
  };
}

Deno.test(
  "listNodes() reads the addresses of a Table, page by page",
  PURE,
  async () => {
    const pages = new Pages([
      table([["node-1", "Ready", "10.0.0.1", "<none>"]], "t1"),
      table([["node-2", "Ready", "fd00::2", "192.0.2.2"], ["node-3"]]),
    ]);
    assertEquals(await list(pages), [
      { name: "node-1", addresses: ["10.0.0.1"] },
      { name: "node-2", addresses: ["fd00::2", "192.0.2.2"] },
      { name: "node-3", addresses: [] },
    ]);
    assertEquals(pages.requests.map(({ path }) => path), [
      "/api/v1/nodes?limit=500&resourceVersion=0&includeObject=None",
      "/api/v1/nodes?limit=500&continue=t1&includeObject=None",
    ]);
    assertMatch(`${pages.requests[0]?.accept}`, /as=Table/);
  },
);

const NODES = {
  kind: "NodeList",
  metadata: { resourceVersion: "7" },
  items: [
    {
      metadata: { name: "node-1" },
      status: {
        addresses: [
          { type: "InternalIP", address: "10.0.0.1" },
          { type: "InternalIP", address: "fd00::1" },
          { type: "Hostname", address: "node-1" },
          { type: "ExternalIP", address: "192.0.2.1" },
        ],
      },
    },
    { metadata: { name: "node-2" } },
    { metadata: {} },
  ],
};
const ALL = [
  { name: "node-1", addresses: ["10.0.0.1", "fd00::1", "192.0.2.1"] },
  { name: "node-2", addresses: [] },
];

Deno.test("listNodes() reads all addresses of whole Nodes", PURE, async () => {
  assertEquals(await list(new Pages([NODES]), { everyAddress: true }), ALL);
});

Deno.test(
  "listNodes() takes a plain list where there are no Tables",
  PURE,
  async () => {
    assertEquals(await list(new Pages([NODES])), ALL);
  },
);

Deno.test("listNodes() says why it cannot", PURE, async () => {
  const status = { kind: "Status", message: "nodes is forbidden" };
  const refused = await assertRejects(
    () => list(new Pages([status], 403)),
    TransportError,
  );
  assertMatch(refused.message, /HTTP 403, nodes is forbidden/);
  await assertRejects(() => list(new Pages(["text"])), TransportError);
});
