import { assertEquals } from "@std/assert";
import { listNodes, OtherNodes } from "../../mod/cli/other_nodes.ts";
import type { ClusterNode, Decoded } from "../../mod/model/types.ts";
import { setUpLogs } from "../../mod/observe/log_setup.ts";
import type { Transport, TransportRequest } from "../../mod/watch/transport.ts";
import { FakeClock } from "../support/fake_clock.ts";

const NOTHING = { permissions: "none" } as const;

/** Answers each request by its path; undefined: HTTP 403. */
function transportOf(
  answer: (request: TransportRequest) => unknown,
  asked: TransportRequest[] = [],
): Transport {
  return {
    send(request) {
      asked.push(request);
      const json = answer(request);
      async function* body(): AsyncGenerator<Uint8Array> {
        await Promise.resolve();
        yield new TextEncoder().encode(JSON.stringify(json ?? {}));
      }
      const status = json === undefined ? 403 : 200;
      return Promise.resolve({ status, body: body() });
    },
    reset: () => {},
  };
}

function table(rows: readonly (readonly string[])[], token = ""): unknown {
  const names = ["Name", "Status", "Internal-IP", "External-IP"];
  return {
    kind: "Table",
    metadata: { continue: token },
    columnDefinitions: names.map((name) => ({ name })),
    rows: rows.map((cells) => ({ cells })),
  };
}

function addressesOf(
  nodes: ReadonlyMap<string, Decoded<ClusterNode>>,
): Record<string, readonly string[]> {
  return Object.fromEntries(
    [...nodes].map(([name, node]) => [
      name,
      node.kind === "object" ? node.value.addresses : [node.kind],
    ]),
  );
}

const never = new AbortController().signal;

Deno.test("listNodes() reads every page of a Table", NOTHING, async () => {
  const asked: TransportRequest[] = [];
  const transport = transportOf(
    ({ path }) =>
      path.includes("continue=x%2F1")
        ? table([["c", "Ready", "<none>", "<none>"]])
        : table([
          ["a", "Ready", "192.0.2.1", "198.51.100.1"],
          ["b", "Ready", "192.0.2.2", "<none>"],
        ], "x/1"),
    asked,
  );
  assertEquals(addressesOf(await listNodes(transport, never)), {
    a: ["192.0.2.1", "198.51.100.1"],
    b: ["192.0.2.2"],
    c: [],
  });
  assertEquals(asked.length, 2);
});

Deno.test(
  "listNodes() reads whole Nodes where there is no Table",
  NOTHING,
  async () => {
    const transport = transportOf(() => ({
      kind: "NodeList",
      metadata: {},
      items: [{
        metadata: { name: "a" },
        status: { addresses: [{ type: "InternalIP", address: "fd00::1" }] },
      }],
    }));
    assertEquals(addressesOf(await listNodes(transport, never)), {
      a: ["fd00::1"],
    });
  },
);

function start(transport: Transport, isNeeded: () => boolean) {
  setUpLogs({ format: "text", verbosity: 0, write: () => {} });
  const clock = new FakeClock();
  const stop = new AbortController();
  const lists: Record<string, readonly string[]>[] = [];
  const others = new OtherNodes({
    transport,
    clock,
    nodeName: "a",
    signal: stop.signal,
    random: () => 0.5,
    isNeeded,
    replaceNodes: (nodes) => lists.push(addressesOf(nodes)),
  });
  return { clock, stop, lists, others };
}

Deno.test(
  "externalip-is-node-ip: OtherNodes lists when it is needed, this node left out",
  NOTHING,
  async () => {
    let needed: boolean = false;
    const transport = transportOf(() =>
      table([["a", "", "192.0.2.1", "<none>"], [
        "b",
        "",
        "192.0.2.2",
        "<none>",
      ]])
    );
    const { clock, stop, lists, others } = start(transport, () => needed);
    const done = others.keep();
    await clock.advance(60_000);
    assertEquals(lists, []);
    needed = true;
    await clock.advance(5_000);
    assertEquals(lists, [{ b: ["192.0.2.2"] }]);
    await clock.advance(500_000);
    assertEquals(lists.length, 1, "a list is good for a while");
    await clock.advance(200_000);
    assertEquals(lists.length, 2);
    stop.abort();
    await done;
  },
);

Deno.test("OtherNodes tries a refused list again, later", NOTHING, async () => {
  const asked: TransportRequest[] = [];
  const transport = transportOf(() => undefined, asked);
  const { clock, stop, lists, others } = start(transport, () => true);
  const done = others.keep();
  await clock.advance(20_000);
  assertEquals([asked.length, lists.length], [1, 0]);
  await clock.advance(30_000);
  assertEquals(asked.length, 2);
  stop.abort();
  await done;
});
