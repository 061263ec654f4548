import { assertEquals } from "@std/assert";
import { healthHandler, metricsHandler } from "../../mod/observe/handlers.ts";
import { snapshotOf } from "./support.ts";

const NOTHING = { permissions: "none" } as const;

function ask(path: string, method = "GET"): Request {
  return new Request(`http://127.0.0.1${path}`, { method });
}

Deno.test(
  "healthHandler() answers three paths by any method, counts, and knows no other",
  NOTHING,
  async () => {
    const counted: string[] = [];
    const handle = healthHandler(
      () => ({
        snapshot: snapshotOf(),
        nodeEligible: false,
        families: new Set(["ipv4"]),
        nowMs: 100_000,
        timeoutMs: 60_000,
      }),
      { answered: (path, status) => void counted.push(`${path} ${status}`) },
    );
    const healthz = handle(ask("/healthz", "POST"));
    assertEquals(healthz.status, 503);
    assertEquals(healthz.headers.get("content-type"), "application/json");
    assertEquals(healthz.headers.get("x-content-type-options"), "nosniff");
    assertEquals((await healthz.json()).nodeEligible, false as boolean);
    assertEquals(handle(ask("/livez")).status, 200);
    assertEquals(handle(ask("/readyz")).status, 200);
    assertEquals(handle(ask("/other")).status, 404);
    assertEquals(counted, ["/healthz 503", "/livez 200", "/readyz 200"]);
  },
);

Deno.test(
  "metricsHandler() answers metrics, proxyMode and its own health",
  NOTHING,
  async () => {
    const handle = metricsHandler({
      text: () => Promise.resolve({ text: "a 1\n", type: "text/plain; v=1" }),
    });
    const metrics = await handle(ask("/metrics"));
    assertEquals(await metrics.text(), "a 1\n");
    assertEquals(metrics.headers.get("content-type"), "text/plain; v=1");
    const mode = await handle(ask("/proxyMode"));
    assertEquals(await mode.text(), "ipvs");
    assertEquals(mode.headers.get("content-type"), "text/plain; charset=utf-8");
    assertEquals(await (await handle(ask("/healthz"))).text(), "ok");
    assertEquals((await handle(ask("/other"))).status, 404);
  },
);
