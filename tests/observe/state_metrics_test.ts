import { assertStringIncludes } from "@std/assert";
import type { ServiceName } from "../../mod/model/types.ts";
import { MetricRegistry } from "../../mod/observe/metric_registry.ts";
import { registerState } from "../../mod/observe/state_metrics.ts";
import type { ServicePlan } from "../../mod/plan/types.ts";
import { testSources } from "./support.ts";

const NOTHING = { permissions: "none" } as const;

function planOf(
  address: string,
  noLocalEndpoints: { internal: boolean; external: boolean },
): ServicePlan {
  return {
    frontends: [{ address }],
    noLocalEndpoints,
  } as unknown as ServicePlan;
}

Deno.test(
  "no-ipvs-metrics: state of the tables is in the metrics",
  NOTHING,
  async () => {
    const registry = await MetricRegistry.open();
    registerState(registry, testSources());
    const { text } = await registry.text();
    for (
      const line of [
        "kubeproxy_sync_proxy_rules_service_changes_pending 0",
        "kubeproxy_ipvs_services 4",
        "kubeproxy_ipvs_virtual_servers 9",
        "kubeproxy_ipvs_drains 2",
        "kubeproxy_ipvs_failing_services 0",
        "kubeproxy_ipvs_foreign 0",
        "kubeproxy_ipvs_rejections 3",
        'kubeproxy_ipvs_build_info{version="1.2.3",deno="',
        "process_resident_memory_bytes ",
        "process_start_time_seconds ",
      ]
    ) assertStringIncludes(text, line);
  },
);

Deno.test(
  "registerState() tells of the snapshot on disk where one is kept",
  NOTHING,
  async () => {
    const sources = testSources();
    const registry = await MetricRegistry.open();
    registerState(registry, sources);
    const before = await registry.text();
    assertStringIncludes(before.text, "\nkubeproxy_ipvs_snapshot_used 0\n");
    const saved = { isUsed: true, writtenMs: 7_500, isBehind: false };
    sources.state = { ...sources.state, saved };
    const { text } = await registry.text();
    assertStringIncludes(text, "\nkubeproxy_ipvs_snapshot_used 1\n");
    assertStringIncludes(
      text,
      "\nkubeproxy_ipvs_snapshot_written_timestamp_seconds 7.5\n",
    );
  },
);

Deno.test(
  "registerState() counts Services without local endpoints by family and policy",
  NOTHING,
  async () => {
    const sources = testSources();
    const here = { internal: true, external: false };
    sources.allPlans.set("a/a" as ServiceName, planOf("10.0.0.1", here));
    sources.allPlans.set("a/b" as ServiceName, planOf("10.0.0.2", here));
    sources.allPlans.set(
      "a/c" as ServiceName,
      planOf("fd00::1", { internal: false, external: true }),
    );
    const registry = await MetricRegistry.open();
    registerState(registry, sources);
    const { text } = await registry.text();
    const name = "kubeproxy_sync_proxy_rules_no_local_endpoints_total";
    for (
      const [family, policy, count] of [
        ["IPv4", "internal", 2],
        ["IPv4", "external", 0],
        ["IPv6", "internal", 0],
        ["IPv6", "external", 1],
      ]
    ) {
      assertStringIncludes(
        text,
        `${name}{ip_family="${family}",traffic_policy="${policy}"} ${count}\n`,
      );
    }
  },
);
