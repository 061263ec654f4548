import { assert, assertEquals } from "@std/assert";
import { createHost } from "../../mod/apply/mod.ts";
import type { IpAddress, ServiceName } from "../../mod/model/types.ts";
import { MetricRegistry } from "../../mod/observe/metric_registry.ts";
import {
  type RealServerSources,
  registerRealServers,
} from "../../mod/observe/real_server_metrics.ts";
import { TestNode } from "../agent/harness.ts";

const NOTHING = { permissions: "none" } as const;
const LABELS = 'namespace="default",service="web",port="",protocol="tcp",' +
  'real_server="10.32.1.5:8080"';

async function scrape(
  change: (
    sources: RealServerSources,
    node: TestNode,
  ) => Partial<RealServerSources> = () => ({}),
): Promise<readonly string[]> {
  const node = new TestNode();
  await node.boot();
  const externalIps = ["203.0.113.7" as IpAddress];
  node.put("web", { ip: "10.96.0.10", externalIps });
  node.endpoints("web", ["10.32.1.5", "10.32.1.6"]);
  await node.advance(1_000);
  const { ipvs } = createHost(node.host, "legacy");
  const sources: RealServerSources = {
    servers: { read: () => ipvs.list() },
    traffic: {
      mode: "auto",
      plans: () => node.agent.plans.values(),
      has: (key, service) =>
        node.agent.inspect()?.desired.virtualServer(key)?.service ===
          service as ServiceName,
    },
  };
  const registry = await MetricRegistry.open();
  registerRealServers(registry, { ...sources, ...change(sources, node) });
  const { text } = await registry.text();
  await node.stop();
  return text.split("\n");
}

Deno.test(
  "no-ipvs-metrics: weights and connections of real servers, as the kernel has them",
  NOTHING,
  async () => {
    const lines = await scrape((_sources, { host }) => {
      const real = "10.32.1.5:8080";
      host.ipvs.setConnections("-t 10.96.0.10:80", real, {
        active: 3,
        inactive: 4,
      });
      host.ipvs.setConnections("-t 203.0.113.7:80", real, { active: 2 });
      host.ipvs.edit(`-e -t 10.96.0.10:80 -r ${real} -m -w 0`);
      return {};
    });
    for (
      const line of [
        "# TYPE kubeproxy_ipvs_real_server_weight gauge",
        `kubeproxy_ipvs_real_server_weight{${LABELS}} 1`,
        `kubeproxy_ipvs_real_server_active_connections{${LABELS}} 5`,
        `kubeproxy_ipvs_real_server_inactive_connections{${LABELS}} 4`,
      ]
    ) assert(lines.includes(line), `${line}\n${lines.join("\n")}`);
  },
);

Deno.test(
  "no-ipvs-metrics: a real server that is quiescent everywhere has weight 0",
  NOTHING,
  async () => {
    const lines = await scrape((_sources, { host }) => {
      for (const server of ["10.96.0.10", "203.0.113.7"]) {
        host.ipvs.edit(`-e -t ${server}:80 -r 10.32.1.5:8080 -m -w 0`);
      }
      return {};
    });
    const line = `kubeproxy_ipvs_real_server_weight{${LABELS}} 0`;
    assert(lines.includes(line), lines.join("\n"));
  },
);

for (const mode of ["off", "services"] as const) {
  Deno.test(
    `no-ipvs-metrics: real servers are not listed with ${mode}`,
    NOTHING,
    async () => {
      let reads = 0;
      const lines = await scrape(({ traffic }) => ({
        traffic: { ...traffic, mode },
        servers: {
          read: () => {
            reads++;
            return Promise.resolve(undefined);
          },
        },
      }));
      assertEquals(reads, 0);
      assertEquals(lines.filter((line) => line.startsWith("kube")), []);
    },
  );
}
