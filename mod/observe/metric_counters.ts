import type { Counter } from "prom-client";
import type { MetricRegistry } from "./metric_registry.ts";

/** Counters that are counted up as things happen. */
export interface Counters {
  /** Changes of EndpointSlices. */
  readonly endpoints: Counter;
  /** Changes of Services. */
  readonly services: Counter;
  /** Answers of `/healthz`. */
  readonly healthz: Counter<"code">;
  /** Answers of `/livez`. */
  readonly livez: Counter<"code">;
  /** Things that were repaired. */
  readonly repairs: Counter<"kind">;
  /** Lines of batches. */
  readonly lines: Counter<"tool">;
  /** Waiting for the xtables lock, s. */
  readonly lockWait: Counter;
  /** Connections to node ports on 127.0.0.1. */
  readonly localhost: Counter;
}

/** Makes them. */
export function countersOf(registry: MetricRegistry): Counters {
  return {
    endpoints: registry.counter({
      name: "sync_proxy_rules_endpoint_changes_total",
      help: "Changes of EndpointSlices",
    }),
    services: registry.counter({
      name: "sync_proxy_rules_service_changes_total",
      help: "Changes of Services",
    }),
    healthz: registry.counter({
      name: "proxy_healthz_total",
      help: "Answers of /healthz",
      labelNames: ["code"],
    }),
    livez: registry.counter({
      name: "proxy_livez_total",
      help: "Answers of /livez",
      labelNames: ["code"],
    }),
    repairs: registry.counter({
      name: "ipvs_drift_repairs_total",
      help: "Things repaired that others had damaged",
      labelNames: ["kind"],
    }),
    lines: registry.counter({
      name: "ipvs_batch_lines_total",
      help: "Lines of batches sent to the tools",
      labelNames: ["tool"],
    }),
    lockWait: registry.counter({
      name: "ipvs_xtables_lock_wait_seconds_total",
      help: "How long rules waited for another program's xtables lock",
    }),
    localhost: registry.counter({
      name: "ipvs_localhost_node_port_connections_total",
      help: "Connections to node ports on 127.0.0.1",
    }),
  };
}
