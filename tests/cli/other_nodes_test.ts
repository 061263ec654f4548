import { assert, assertEquals } from "@std/assert";
import { OtherNodes } from "../../mod/cli/other_nodes.ts";
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
      const json = inForm(answer(request), request.accept);
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

/** The same rows as whole Nodes, where no Table is asked for. */
function inForm(json: unknown, accept: string | undefined): unknown {
  if (accept?.includes("as=Table") || json === undefined) return json;
  const { rows } = json as { rows: { cells: string[] }[] };
  const items = rows.map(({ cells: [name, , ...addresses] }) => ({
    metadata: { name },
    status: {
      addresses: addresses.filter((address) => address !== "<none>")
        .map((address) => ({ type: "InternalIP", address })),
    },
  }));
  return { kind: "NodeList", metadata: {}, items };
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

function start(
  transport: Transport,
  isNeeded: () => boolean,
  addressesSeen: () => number = () => 0,
) {
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
    addressesSeen,
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
    // The first address of each, then every address.
    assertEquals(lists, [{ b: ["192.0.2.2"] }, { b: ["192.0.2.2"] }]);
    await clock.advance(550_000);
    assertEquals(lists.length, 2, "a list is good for a while");
    await clock.advance(200_000);
    assertEquals(lists.length, 3);
    stop.abort();
    await done;
  },
);

Deno.test(
  "externalip-is-node-ip: OtherNodes forgets no second address between two lists",
  NOTHING,
  async () => {
    const transport = transportOf(({ accept }) =>
      table([[
        "b",
        "",
        "192.0.2.2",
        accept?.includes("as=Table") ? "<none>" : "2001:db8::2",
      ]])
    );
    const { clock, stop, lists, others } = start(transport, () => true);
    await others.before();
    const both = { b: ["192.0.2.2", "2001:db8::2"] };
    assertEquals(lists.splice(0), [{ b: ["192.0.2.2"] }, both]);
    const done = others.keep();
    await clock.advance(1_800_000);
    assert(lists.length > 1);
    for (const list of lists) assertEquals(list, both);
    stop.abort();
    await done;
  },
);

Deno.test(
  "externalip-is-node-ip: OtherNodes forgets no second address when the cluster grows past what is listed whole",
  NOTHING,
  async () => {
    let count = 199;
    let moved = "192.0.2.3";
    const transport = transportOf(({ accept }) => {
      const isTable = accept?.includes("as=Table");
      const rows = Array.from({ length: count }, (_, at) => {
        const second = isTable ? "<none>" : `2001:db8::${at + 10}`;
        return [`n${at}`, "", `198.51.100.${at}`, second];
      });
      const b = ["b", "", "192.0.2.2", isTable ? "<none>" : "2001:db8::2"];
      const c = ["c", "", moved, isTable ? "<none>" : "2001:db8::3"];
      return table([...rows.slice(2), b, c]);
    });
    const { clock, stop, lists, others } = start(transport, () => true);
    await others.before();
    const done = others.keep();
    count = 230;
    await clock.advance(800_000);
    const last = lists.at(-1) ?? {};
    assertEquals(Object.keys(last).length, 230);
    assertEquals(last["b"], ["192.0.2.2", "2001:db8::2"]);
    assertEquals(last["n5"], ["198.51.100.5", "2001:db8::15"]);
    assertEquals(last["n220"], ["198.51.100.220"], "it came later");
    moved = "192.0.2.99";
    await clock.advance(800_000);
    assertEquals(lists.at(-1)?.["b"], ["192.0.2.2", "2001:db8::2"]);
    assertEquals(lists.at(-1)?.["c"], ["192.0.2.99"], "another address");
    stop.abort();
    await done;
  },
);

Deno.test(
  "externalip-is-node-ip: OtherNodes lists at once when a new address comes",
  NOTHING,
  async () => {
    let seen = 0;
    const transport = transportOf(() =>
      table([["a", "", "192.0.2.1", "<none>"]])
    );
    const { clock, stop, lists, others } = start(
      transport,
      () => seen > 0,
      () => seen,
    );
    await others.before();
    assertEquals(lists.length, 2, "the start does not wait for a need");
    const done = others.keep();
    await clock.advance(60_000);
    assertEquals(lists.length, 2);
    seen = 1;
    await clock.advance(500);
    assertEquals(lists.length, 3);
    seen = 2;
    await clock.advance(9_000);
    assertEquals(lists.length, 3, "lists are apart");
    await clock.advance(1_500);
    assertEquals(lists.length, 4);
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
