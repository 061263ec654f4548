import { assert, assertEquals } from "@std/assert";
import type { SourceEvent } from "../../mod/agent/sources.ts";
import type { EndpointSlice } from "../../mod/model/types.ts";
import { MetricRegistry } from "../../mod/observe/metric_registry.ts";
import { registerWatch } from "../../mod/observe/watch_metrics.ts";

const NOTHING = { permissions: "none" } as const;

function slice(triggerMs: number): SourceEvent {
  return {
    source: "EndpointSlice",
    event: {
      kind: "upsert",
      key: "default/web-1",
      object: {
        kind: "object",
        value: { name: "default/web-1", triggerMs } as EndpointSlice,
        rejections: [],
      },
    },
  };
}

Deno.test("the lag of each change is counted once", NOTHING, async () => {
  const registry = await MetricRegistry.open();
  let nowMs = 1_000_000;
  const watch = registerWatch(registry, () => nowMs);
  nowMs += 5_000;
  watch.took(slice(999_000));
  watch.took(slice(1_003_000));
  watch.took(slice(1_003_000));
  const { text } = await registry.text();
  const name = "kubeproxy_ipvs_watch_lag_seconds";
  assert(text.includes(`\n${name}_sum 2\n${name}_count 1\n`), text);
  assert(
    text.includes(
      'kubeproxy_ipvs_watch_last_event_timestamp_seconds{kind="EndpointSlice"} 1005\n',
    ),
  );
});

Deno.test("a kind that cannot be followed shows", NOTHING, async () => {
  const registry = await MetricRegistry.open();
  const watch = registerWatch(registry, () => 0);
  watch.took({ source: "Service", event: { kind: "synced" } });
  watch.took({ source: "Node", event: { kind: "synced" } });
  watch.took({
    source: "Service",
    event: { kind: "desynced", reason: "connection refused" },
  });
  const { text } = await registry.text();
  const lines = text.split("\n").filter((line) =>
    /in_step\{|failures/.test(line)
  )
    .filter((line) => !line.startsWith("#"));
  assertEquals(lines, [
    'kubeproxy_ipvs_watch_in_step{kind="Service"} 0',
    'kubeproxy_ipvs_watch_in_step{kind="Node"} 1',
    'kubeproxy_ipvs_watch_failures_total{kind="Service"} 1',
  ]);
});
