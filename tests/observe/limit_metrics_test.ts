import { assert } from "@std/assert";
import { registerLimits } from "../../mod/observe/limit_metrics.ts";
import { MetricRegistry } from "../../mod/observe/metric_registry.ts";
import { snapshotOf, testSources } from "./support.ts";

Deno.test({
  name: "registerLimits() tells of sets against limits, rules, ports, tables",
  permissions: "none",
  async fn() {
    const registry = await MetricRegistry.open();
    registerLimits(registry, {
      ...testSources(),
      snapshot: () => ({
        ...snapshotOf(),
        failingTables: new Map([["ipvs", 7_000]]),
        isStateBehind: true,
      }),
      rules: () =>
        new Map([["ipv6", [{
          table: "nat",
          chains: [{ name: "KUBE-VS-A", rules: ["-j A", "-j B"] }],
          jumps: [{ from: "OUTPUT", to: "KUBE-VS-A", beforeNat: false }],
        }]]]),
    });
    const lines = (await registry.text()).text.split("\n");
    for (
      const line of [
        'ipvs_set_elements{ip_family="IPv4",set="frontends"} 3',
        'ipvs_set_elements{ip_family="IPv4",set="health-checks"} 1',
        'ipvs_set_max_elements{ip_family="IPv4",set="frontends"} 1024',
        'ipvs_rules{ip_family="IPv6",table="nat"} 3',
        'ipvs_health_check_node_ports{state="failed"} 1',
        'ipvs_table_failing_since_timestamp_seconds{table="ipvs"} 7',
        "ipvs_state_file_behind 1",
      ]
    ) assert(lines.includes(`kubeproxy_${line}`), line);
  },
});

Deno.test({
  name: "registerLimits() tells no more of a table that takes changes again",
  permissions: "none",
  async fn() {
    const registry = await MetricRegistry.open();
    const failingTables = new Map([["ipvs" as const, 7_000]]);
    registerLimits(registry, {
      ...testSources(),
      snapshot: () => ({ ...snapshotOf(), failingTables }),
    });
    const isTold = async (): Promise<boolean> =>
      /^\w+failing_since\w+\{/m.test((await registry.text()).text);
    assert(await isTold());
    failingTables.clear();
    assert(!await isTold(), "an alert would go on for ever");
  },
});
