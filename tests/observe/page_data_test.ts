import { assertEquals } from "@std/assert";
import { cached, serviceTable } from "../../mod/observe/page_data.ts";

const NOTHING = { permissions: "none" } as const;

Deno.test("serviceTable() has a row for each Service", NOTHING, () => {
  const { columns, rows } = serviceTable([{
    name: "default/web",
    state: "served",
    ports: ["80/tcp", "443/tcp"],
    clusterIps: ["10.96.0.1"],
    frontends: 2,
    served: 2,
    realServers: 3,
    quiescent: 0,
    connections: 7,
  }]);
  const [row = []] = rows;
  assertEquals(
    Object.fromEntries(columns.map((name, at) => [name, row[at]])),
    {
      name: "default/web",
      type: 0,
      state: "served",
      why: 0,
      sinceMs: 0,
      ports: "80/tcp 443/tcp",
      clusterIps: "10.96.0.1",
      frontends: 2,
      served: 2,
      realServers: 3,
      quiescent: 0,
      connections: 7,
    },
  );
});

Deno.test(
  "cached() makes an answer no more often than it may cost",
  NOTHING,
  () => {
    let nowMs = 0;
    let made = 0;
    const read = cached(() => {
      nowMs += 100;
      return ++made;
    }, { monotonicMs: () => nowMs, minAgeMs: 1_000, costFactor: 20 });
    assertEquals([read(), read()], [1, 1]);
    nowMs = 2_099;
    assertEquals(read(), 1);
    nowMs = 2_100;
    assertEquals(read(), 2);
  },
);

Deno.test(
  "cached() lets all wait for one answer that takes long",
  NOTHING,
  async () => {
    let nowMs = 0;
    let made = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    const read = cached(async () => {
      made++;
      await promise;
      return made;
    }, { monotonicMs: () => nowMs, minAgeMs: 10, costFactor: 1 });
    const first = read();
    nowMs = 5_000;
    const second = read();
    resolve();
    assertEquals([await first, await second, made], [1, 1, 1]);
    nowMs = 9_999;
    assertEquals(await read(), 1);
    nowMs = 10_000;
    assertEquals(await read(), 2);
  },
);
