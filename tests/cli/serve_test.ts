import { serveAll } from "../../mod/cli/serve.ts";
import { ClusterModel } from "../../mod/model/cluster.ts";
import { snapshotOf } from "../observe/support.ts";
import { settingsOf } from "./support.ts";

const NOTHING = { permissions: "none" } as const;

function sourcesOf(...args: string[]) {
  return {
    settings: settingsOf(...args),
    agent: { snapshot: () => snapshotOf(), plans: new Map() },
    model: new ClusterModel({ nodeName: "node-1" }),
    families: new Set(["ipv4"] as const),
    nowMs: () => 100_000,
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
