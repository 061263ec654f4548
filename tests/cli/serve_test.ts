import { assertEquals, assertRejects } from "@std/assert";
import { serveAll } from "../../mod/cli/serve.ts";
import { ClusterModel } from "../../mod/model/cluster.ts";
import { lacks, LOOPBACK } from "../support/permission.ts";
import { snapshotOf } from "../observe/support.ts";
import { settingsOf } from "./support.ts";

const NOTHING = { permissions: "none" } as const;

const failed: string[] = [];

function sourcesOf(...args: string[]) {
  return {
    settings: settingsOf(...args),
    agent: { snapshot: () => snapshotOf(), plans: new Map() },
    model: new ClusterModel({ nodeName: "node-1" }),
    families: new Set(["ipv4"] as const),
    nowMs: () => 100_000,
    failed: (server: string) => void failed.push(server),
  };
}

Deno.test(
  "serveAll() serves nothing when both addresses are empty",
  NOTHING,
  async () => {
    const sources = sourcesOf(
      "--metrics-bind-address=",
      "--healthz-bind-address=",
    );
    await serveAll(sources, {}, new AbortController().signal);
  },
);

Deno.test(
  "serveAll() tells of a server that must be bound and cannot",
  { ignore: lacks("serveAll()", LOOPBACK) },
  async () => {
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const sources = sourcesOf(
      "--bind-address-hard-fail",
      "--metrics-bind-address=",
      `--healthz-bind-address=127.0.0.1:${taken.addr.port}`,
    );
    const { signal } = new AbortController();
    await assertRejects(() => serveAll(sources, {}, signal), Error, "health");
    assertEquals(failed.splice(0), ["health"]);
  },
);
