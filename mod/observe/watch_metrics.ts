import type { SourceEvent } from "#agent";
import type { MetricRegistry } from "./metric_registry.ts";

/** From 10 ms to 5 min. */
const LAGS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** What is told of the watches. */
export interface WatchMetrics {
  /** An event of one kind has come. */
  took(input: SourceEvent): void;
}

/** Registers what is measured of following the API server. */
export function registerWatch(
  registry: MetricRegistry,
  nowMs: () => number,
): WatchMetrics {
  const startMs = nowMs();
  const seen = new Map<string, number>();
  const lag = registry.histogram({
    name: "ipvs_watch_lag_seconds",
    help: "From the change of endpoints, by its annotation, to its arrival",
    buckets: LAGS,
  });
  const last = registry.gauge({
    name: "ipvs_watch_last_event_timestamp_seconds",
    help: "When the last event of a kind came; silence may be quiet",
    labelNames: ["kind"],
  });
  const inStep = registry.gauge({
    name: "ipvs_watch_in_step",
    help: "Whether a kind is followed at present; 0: the last state stands",
    labelNames: ["kind"],
  });
  const desynced = registry.counter({
    name: "ipvs_watch_failures_total",
    help: "How often a kind could not be followed for a while",
    labelNames: ["kind"],
  });
  const garbage = registry.counter({
    name: "ipvs_watch_garbage_total",
    help: "Lines of watches that could not be read",
    labelNames: ["kind"],
  });
  return {
    took({ source, event }) {
      const kind = { kind: source };
      last.set(kind, nowMs() / 1_000);
      if (event.kind === "synced") inStep.set(kind, 1);
      else if (event.kind === "desynced") {
        inStep.set(kind, 0);
        desynced.inc(kind);
      } else if (event.kind === "garbage") garbage.inc(kind);
      if (source !== "EndpointSlice") return;
      if (event.kind === "delete") seen.delete(event.key);
      if (event.kind !== "upsert" || event.object.kind !== "object") return;
      // A list after a cut brings old changes once more.
      const { triggerMs = 0 } = event.object.value;
      if (triggerMs <= (seen.get(event.key) ?? startMs)) return;
      seen.set(event.key, triggerMs);
      lag.observe(Math.max(0, nowMs() - triggerMs) / 1_000);
    },
  };
}
