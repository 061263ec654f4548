import { assert, assertEquals } from "@std/assert";
import { MetricRegistry } from "../../mod/observe/metric_registry.ts";
import {
  registerTraffic,
  type TrafficSources,
} from "../../mod/observe/traffic_metrics.ts";
import { createHost } from "../../mod/apply/mod.ts";
import type { ServiceName } from "../../mod/model/types.ts";
import { TestNode } from "../agent/harness.ts";

const NOTHING = { permissions: "none" } as const;

async function scrape(change: Partial<TrafficSources> = {}): Promise<string> {
  const node = new TestNode();
  await node.boot();
  node.put("web", { ip: "10.96.0.10" });
  node.endpoints("web", ["10.32.1.5", "10.32.1.6"]);
  await node.advance(1_000);
  const { ipvs } = createHost(node.host, "legacy");
  const registry = await MetricRegistry.open();
  registerTraffic(registry, {
    reader: { read: () => ipvs.traffic("totals") },
    mode: "auto",
    plans: () => node.agent.plans.values(),
    has: (key, service) =>
      node.agent.inspect()?.desired.virtualServer(key)?.service ===
        service as ServiceName,
    ...change,
  });
  const { text } = await registry.text();
  await node.stop();
  return text;
}

Deno.test(
  "no-ipvs-metrics: Services and real servers have counters named as counters",
  NOTHING,
  async () => {
    const text = await scrape();
    const port = 'namespace="default",service="web",port="",protocol="tcp"';
    for (
      const line of [
        "# TYPE kubeproxy_ipvs_service_connections_total counter",
        `kubeproxy_ipvs_service_connections_total{${port}} 0`,
        `kubeproxy_ipvs_service_bytes_total{${port},direction="in"} 0`,
        `kubeproxy_ipvs_real_server_packets_total{${port},real_server="10.32.1.6:8080",direction="out"} 0`,
        "# TYPE kubeproxy_ipvs_real_server_bytes_total counter",
        "kubeproxy_ipvs_traffic_omitted 0",
      ]
    ) assert(text.split("\n").includes(line), `${line}\n${text}`);
  },
);

Deno.test(
  "no-ipvs-metrics: absent, not 0, where the kernel does not count",
  NOTHING,
  async () => {
    const text = await scrape({
      reader: { read: () => Promise.resolve(undefined) },
    });
    assertEquals(text.match(/^kubeproxy_ipvs_(service|real_server)_/gm), null);
  },
);

Deno.test(
  "no-ipvs-metrics: nothing is listed where nobody wants it",
  NOTHING,
  async () => {
    let reads = 0;
    await scrape({
      mode: "off",
      reader: {
        read: () => {
          reads++;
          return Promise.resolve(undefined);
        },
      },
    });
    assertEquals(reads, 0);
  },
);
