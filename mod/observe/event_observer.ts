import type { AgentObserver } from "#agent";
import type { EventRegarding, EventReport } from "#watch";
import type { Rejection, ServiceName } from "#model";

/** What turns what the agent tells into Events. */
export interface EventObserverOptions {
  /** Takes note of an Event; returns at once. */
  report(report: EventReport): void;
  /** Name of this node. */
  readonly nodeName: string;
  /** `metadata.uid` of a Service; undefined: unknown. */
  uidOf(service: ServiceName): string | undefined;
}

const API_VERSIONS: Readonly<Record<string, string>> = {
  EndpointSlice: "discovery.k8s.io/v1",
  Node: "v1",
  Service: "v1",
  ServiceCIDR: "networking.k8s.io/v1",
};

/** So many reasons stand in one Event. */
const MOST_REASONS = 5;

/**
 * Tells users beside their own objects what an operator would find in the
 * log: what cannot be used, who lost a frontend to whom, what the kernel
 * refused.
 */
export function eventObserver(options: EventObserverOptions): AgentObserver {
  const { report, nodeName } = options;
  return {
    rejected(rejections) {
      const [first] = rejections;
      const regarding = first && regardingOf(first.object, options);
      if (regarding !== undefined) {
        report(rejectionReport(regarding, rejections));
      }
    },
    conflict({ frontend, winner, losers }) {
      for (const loser of losers) {
        report({
          type: "Warning",
          reason: "FrontendConflict",
          action: "Claim",
          note: `${frontend} belongs to Service ${winner}, which is older; ` +
            "this Service takes it over when that one goes",
          regarding: serviceRegarding(loser, options),
        });
      }
    },
    failed(unit, reason) {
      const regarding = regardingOf(`Service ${unit}`, options);
      if (regarding === undefined) return;
      const note = `node ${nodeName}: ${reason}`;
      report({
        type: "Warning",
        reason: "FailedToProgram",
        action: "Program",
        note,
        regarding,
      });
    },
  };
}

/** Said once, when the program starts. */
export function startReport(nodeName: string): EventReport {
  return {
    type: "Normal",
    reason: "Starting",
    action: "StartKubeProxy",
    note: "",
    regarding: { kind: "Node", name: nodeName },
  };
}

/** Servers whose failure to start has an Event of kube-proxy's. */
export type ServerName = "health" | "metrics";

const SERVER_REASONS: Readonly<Record<ServerName, string>> = {
  health: "FailedToStartProxierHealthcheck",
  metrics: "FailedToStartMetricServer",
};

/** A server cannot be started. */
export function serverReport(
  nodeName: string,
  server: ServerName,
  note: string,
): EventReport {
  return nodeWarning(nodeName, SERVER_REASONS[server], note);
}

/** Something that the node should have; undefined: it has all. */
export function prerequisiteReport(
  nodeName: string,
  lacks: readonly string[],
): EventReport | undefined {
  if (lacks.length === 0) return undefined;
  return nodeWarning(nodeName, "MissingPrerequisite", lacks.join("; "));
}

function nodeWarning(
  nodeName: string,
  reason: string,
  note: string,
): EventReport {
  return {
    type: "Warning",
    reason,
    action: "StartKubeProxy",
    note,
    regarding: { kind: "Node", name: nodeName },
  };
}

/** A health-check node port cannot be opened; kube-proxy's own words. */
export function healthCheckReport(
  service: ServiceName,
  port: number,
  { reason, nodeName, uidOf }:
    & Pick<EventObserverOptions, "nodeName" | "uidOf">
    & { readonly reason: string },
): EventReport {
  return {
    type: "Warning",
    reason: "FailedToStartServiceHealthcheck",
    action: "Listen",
    note: `node ${nodeName} failed to start healthcheck ${
      JSON.stringify(service)
    } on port ${port}: ${reason}`,
    regarding: serviceRegarding(service, { uidOf }),
  };
}

function rejectionReport(
  regarding: EventRegarding,
  rejections: readonly Rejection[],
): EventReport {
  const reasons = rejections.slice(0, MOST_REASONS)
    .map(({ field, reason }) => field === "" ? reason : `${field}: ${reason}`);
  const more = rejections.length - reasons.length;
  if (more > 0) reasons.push(`and ${more} more`);
  const isAnnotation = rejections.every(({ field }) =>
    field.startsWith("metadata.annotations")
  );
  return {
    type: "Warning",
    reason: isAnnotation ? "InvalidAnnotation" : "CannotUse",
    action: "Program",
    note: reasons.join("; "),
    regarding,
  };
}

/** The object of a rejection; undefined when its name is none. */
function regardingOf(
  object: string,
  options: EventObserverOptions,
): EventRegarding | undefined {
  const match = /^(\w+) (?:([-a-z0-9]+)\/)?([-.a-z0-9]+)$/.exec(object);
  const [, kind = "", namespace, name = ""] = match ?? [];
  const apiVersion = API_VERSIONS[kind];
  if (apiVersion === undefined) return undefined;
  if (kind === "Service") {
    return serviceRegarding(`${namespace}/${name}` as ServiceName, options);
  }
  return {
    kind,
    apiVersion,
    name,
    ...(namespace === undefined ? {} : { namespace }),
  };
}

function serviceRegarding(
  service: ServiceName,
  { uidOf }: Pick<EventObserverOptions, "uidOf">,
): EventRegarding {
  const [namespace = "", name = ""] = service.split("/");
  const uid = uidOf(service) ?? "";
  return {
    kind: "Service",
    apiVersion: "v1",
    namespace,
    name,
    ...(uid === "" ? {} : { uid }),
  };
}
