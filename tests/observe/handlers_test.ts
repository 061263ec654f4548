import { assertEquals } from "@std/assert";
import { healthHandler } from "../../mod/observe/handlers.ts";
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
