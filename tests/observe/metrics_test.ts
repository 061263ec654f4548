import { assertEquals } from "@std/assert";
import type { EndpointSlice, ServiceName } from "../../mod/model/types.ts";
import type { SourceEvent } from "../../mod/agent/sources.ts";
import { Metrics } from "../../mod/observe/metrics.ts";
import { QUIET, testSources } from "./support.ts";

const NOTHING = { permissions: "none" } as const;
const WEB = "default/web" as ServiceName;

/** An object of a kind has changed. */
function event(source: SourceEvent["source"]): SourceEvent {
  return { source, event: { kind: "delete", key: "default/a" } };
}

/** Lines of a scrape whose name begins so, without kube-proxy's prefix. */
async function linesOf(metrics: Metrics, name: string): Promise<string[]> {
  const { text } = await metrics.text();
  return text.split("\n").filter((line) => line.startsWith(`kubeproxy_${name}`))
    .map((line) => line.slice("kubeproxy_".length));
}

Deno.test(
  "Metrics count changes and say when the last one came",
  NOTHING,
  async () => {
    const sources = testSources();
    const metrics = await Metrics.open(sources);
    metrics.took(event("Service"));
    metrics.took(event("EndpointSlice"));
    metrics.took(event("EndpointSlice"));
    sources.now = 2_000_000;
    metrics.took(event("Node"));
    const prefix = "sync_proxy_rules_";
    assertEquals(await linesOf(metrics, `${prefix}service_changes_total`), [
      `${prefix}service_changes_total 1`,
    ]);
    assertEquals(await linesOf(metrics, `${prefix}endpoint_changes`), [
      `${prefix}endpoint_changes_total 2`,
      `${prefix}endpoint_changes_pending 2`,
    ]);
    assertEquals(await linesOf(metrics, `${prefix}last_queued`), [
      `${prefix}last_queued_timestamp_seconds{ip_family="IPv4"} 1000`,
      `${prefix}last_queued_timestamp_seconds{ip_family="IPv6"} 1000`,
    ]);
    metrics.observer().passed(QUIET);
    assertEquals(await linesOf(metrics, `${prefix}endpoint_changes_pending`), [
      `${prefix}endpoint_changes_pending 0`,
    ]);
  },
);

Deno.test(
  "Metrics time every pass, and note only those without failures as success",
  NOTHING,
  async () => {
    const sources = testSources();
    const metrics = await Metrics.open(sources);
    const { passed } = metrics.observer();
    passed({ ...QUIET, failures: new Map([["default/web", "no"]]) });
    const last = "sync_proxy_rules_last_timestamp_seconds";
    assertEquals(await linesOf(metrics, last), []);
    passed({ ...QUIET, lines: { ipvs: 3, other: 4 } });
    assertEquals((await linesOf(metrics, last)).length, 2);
    const count = "sync_proxy_rules_duration_seconds_count";
    assertEquals(await linesOf(metrics, count), [
      `${count}{ip_family="IPv4"} 2`,
      `${count}{ip_family="IPv6"} 2`,
    ]);
    assertEquals(await linesOf(metrics, "ipvs_batch_lines_total"), [
      'ipvs_batch_lines_total{tool="ipvsadm"} 3',
      'ipvs_batch_lines_total{tool="other"} 4',
    ]);
  },
);

Deno.test(
  "Metrics time an endpoint's change once, and none from before the start",
  NOTHING,
  async () => {
    const sources = testSources();
    const metrics = await Metrics.open(sources);
    const slice = {
      name: "default/web-1",
      family: "ipv4",
      triggerMs: 1_000_500,
    };
    const old = { name: "default/web-2", family: "ipv4", triggerMs: 999_000 };
    sources.allSlices.set(WEB, [slice, old] as EndpointSlice[]);
    sources.now = 1_002_000;
    const { passed } = metrics.observer();
    passed({ ...QUIET, services: [WEB], failures: new Map([[WEB, "no"]]) });
    const name = "network_programming_duration_seconds";
    assertEquals(await linesOf(metrics, `${name}_sum`), []);
    passed({ ...QUIET, services: [WEB] });
    passed({ ...QUIET, services: [WEB] });
    assertEquals(await linesOf(metrics, `${name}_sum`), [
      `${name}_sum{ip_family="IPv4"} 1.5`,
    ]);
    assertEquals(await linesOf(metrics, `${name}_count`), [
      `${name}_count{ip_family="IPv4"} 1`,
    ]);
  },
);

Deno.test("Metrics count answers of health and repairs", NOTHING, async () => {
  const metrics = await Metrics.open(testSources());
  metrics.answered("/healthz", 503);
  metrics.answered("/livez", 200);
  metrics.observer().repaired("address", 2);
  assertEquals(await linesOf(metrics, "proxy_"), [
    'proxy_healthz_total{code="503"} 1',
    'proxy_livez_total{code="200"} 1',
  ]);
  assertEquals(await linesOf(metrics, "ipvs_drift_repairs_total"), [
    'ipvs_drift_repairs_total{kind="address"} 2',
  ]);
});

/** kube-proxy 1.36's in ipvs mode: name, type, labels. */
const REFERENCE: readonly (readonly [string, string, ...string[]])[] = [
  ["sync_proxy_rules_duration_seconds", "histogram", "ip_family"],
  ["sync_proxy_rules_last_timestamp_seconds", "gauge", "ip_family"],
  ["sync_proxy_rules_last_queued_timestamp_seconds", "gauge", "ip_family"],
  ["network_programming_duration_seconds", "histogram", "ip_family"],
  ["sync_proxy_rules_endpoint_changes_pending", "gauge"],
  ["sync_proxy_rules_endpoint_changes_total", "counter"],
  ["sync_proxy_rules_service_changes_pending", "gauge"],
  ["sync_proxy_rules_service_changes_total", "counter"],
  [
    "sync_proxy_rules_no_local_endpoints_total",
    "gauge",
    "ip_family",
    "traffic_policy",
  ],
  ["proxy_healthz_total", "counter", "code"],
  ["proxy_livez_total", "counter", "code"],
  [
    "sync_proxy_rules_iptables_restore_failures_total",
    "counter",
    "ip_family",
  ],
  [
    "conntrack_reconciler_sync_duration_seconds",
    "histogram",
    "ip_family",
  ],
  ["conntrack_reconciler_deleted_entries_total", "counter", "ip_family"],
];

Deno.test(
  "Metrics have kube-proxy's names with kube-proxy's types and labels",
  NOTHING,
  async (t) => {
    const sources = testSources();
    const slice = { name: "a/b", family: "ipv6", triggerMs: 1_000_001 };
    sources.allSlices.set(WEB, [slice] as EndpointSlice[]);
    const metrics = await Metrics.open(sources);
    metrics.answered("/healthz", 200);
    metrics.answered("/livez", 503);
    metrics.took(event("Service"));
    metrics.observer().passed({ ...QUIET, services: [WEB] });
    metrics.ran({
      argv: ["conntrack", "-R", "-"],
      durationMs: 1,
      lines: 1,
      result: { code: 0, stdout: "", stderr: "" },
    });
    const { text } = await metrics.text();
    for (const [name, type, ...labels] of REFERENCE) {
      await t.step(name, () => {
        const full = `kubeproxy_${name}`;
        const found = new RegExp(`^# TYPE ${full} (\\w+)$`, "m").exec(text);
        assertEquals(found?.[1], type);
        const line = text.split("\n").find((one) =>
          new RegExp(`^${full}(_bucket)?[{ ]`).test(one)
        );
        const names = [...(line ?? "").matchAll(/(\w+)="/g)]
          .map(([, label]) => label).filter((label) => label !== "le");
        assertEquals(names.toSorted(), labels);
      });
    }
  },
);

Deno.test(
  "udp-timeout-mismatch: metrics show both timeouts, as they are now",
  NOTHING,
  async () => {
    const metrics = await Metrics.open(testSources());
    let udp = 300;
    metrics.setIdleTimeouts(() => ({
      ipvs: { tcp: 7_800, tcpFin: 120, udp },
      conntrack: { tcp: 86_400, udp: 120 },
    }));
    udp = 299;
    assertEquals(await linesOf(metrics, "ipvs_idle_timeout_seconds"), [
      'ipvs_idle_timeout_seconds{kind="tcp"} 7800',
      'ipvs_idle_timeout_seconds{kind="tcpfin"} 120',
      'ipvs_idle_timeout_seconds{kind="udp"} 299',
    ]);
    assertEquals(await linesOf(metrics, "ipvs_conntrack_timeout_seconds"), [
      'ipvs_conntrack_timeout_seconds{kind="tcp"} 86400',
      'ipvs_conntrack_timeout_seconds{kind="udp"} 120',
    ]);
  },
);
/** Upper bounds of kube-proxy's histograms. */
Deno.test("histograms have kube-proxy's buckets", NOTHING, async () => {
  const metrics = await Metrics.open(testSources());
  metrics.observer().passed(QUIET);
  const { text } = await metrics.text();
  const name = "kubeproxy_sync_proxy_rules_duration_seconds_bucket";
  const bounds = [...text.matchAll(new RegExp(`^${name}.*le="([^"]+)"`, "gm"))]
    .map(([, bound]) => bound);
  assertEquals(bounds.slice(0, 16), [
    ...Array.from({ length: 15 }, (_, n) => String(0.001 * 2 ** n)),
    "+Inf",
  ]);
});
