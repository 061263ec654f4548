import { assert, assertEquals, assertRejects } from "@std/assert";
import { ask, SERVICES, test, watch } from "./http_support.ts";
import { at } from "./json.ts";
import type { Fault } from "./mod.ts";
import { service } from "./support.ts";

const STATUS_FAULTS: readonly (readonly [Fault, number])[] = [
  [{ fault: "status", code: 500 }, 500],
  [{ fault: "status", code: 503 }, 503],
  [{ fault: "status", code: 429, retryAfterSeconds: 7 }, 429],
  [{ fault: "gone" }, 410],
];
for (const [fault, code] of STATUS_FAULTS) {
  test(`the fault ${JSON.stringify(fault)} answers ${code}, once`, async (server) => {
    server.faults.add(fault);
    const refused = await ask(server, SERVICES);
    assertEquals([refused.code, at(refused.body, "kind")], [code, "Status"]);
    const seconds = refused.headers.get("retry-after");
    assertEquals(seconds, code === 429 ? "7" : null);
    assertEquals((await ask(server, SERVICES)).code, 200);
  });
}

test("the fault drop cuts the connection", async (server) => {
  // On a connection that was used before, fetch itself would try again.
  server.faults.add({ fault: "drop", path: "^/api/v1/services" });
  await assertRejects(() => ask(server, SERVICES));
  assertEquals((await ask(server, SERVICES)).code, 200);
});

test("the fault stall gives no answer", async (server) => {
  server.faults.add({ fault: "stall", verb: "list" });
  const signal = AbortSignal.timeout(200);
  await assertRejects(() => fetch(`${server.url}${SERVICES}`, { signal }));
});

test("the fault latency delays the answer", async (server) => {
  server.faults.add({ fault: "latency", ms: 150 });
  const start = performance.now();
  assertEquals((await ask(server, SERVICES)).code, 200);
  assert(performance.now() - start >= 149);
});

test("a fault of watches reaches one that runs", async (server) => {
  server.store.create("Service", service("a"));
  const lines = await watch(server, "resourceVersion=1", {
    lines: 2,
    act: () => {
      server.faults.add({ fault: "watch-garbage", line: "odd" });
      server.store.create("Service", service("b"));
    },
  });
  assertEquals(lines[0], "odd");
  assertEquals(at(JSON.parse(lines[1] ?? ""), "type"), "ADDED");
});

test("a fault of watches waits for one to come", async (server) => {
  server.faults.add({ fault: "watch-drop" });
  await assertRejects(() => watch(server, "", { lines: 1 }));
  assertEquals(server.faults.pending, []);
});
