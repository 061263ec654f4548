import {
  DEFAULT_DRAIN_LIMITS,
  Desired,
  diff,
  type DiffOptions,
  type DiffResult,
  Drains,
  madeBy,
  Observed,
  Ownership,
  takenBy,
  type Touched,
} from "../../mod/diff/mod.ts";
import type {
  IpAddress,
  Protocol,
  Scheduler,
  ServiceName,
} from "../../mod/model/mod.ts";
import {
  frontendKey,
  type FrontendPlan,
  type RealServerKey,
  realServerKey,
  virtualServerKey,
} from "../../mod/plan/mod.ts";

/** A frontend of a test. */
export interface SampleFrontend {
  readonly address?: string;
  readonly port?: number;
  readonly protocol?: Protocol;
  readonly scheduler?: Scheduler;
  readonly persistence?: number;
  /** Endpoint addresses to weights; none: refused. */
  readonly servers: Readonly<Record<string, number>>;
}

/** The plan of one frontend. */
export function sampleFrontend(options: SampleFrontend): FrontendPlan {
  const { port = 80, protocol = "tcp", scheduler = "rr" } = options;
  const address = (options.address ?? "10.96.0.1") as IpAddress;
  const element = `${address},${protocol}:${port}`;
  const realServers = new Map(
    Object.entries(options.servers).map(([host, weight]) => {
      const key = realServerKey(host as IpAddress, 8080);
      return [key, { key, weight }] as const;
    }),
  );
  const served = realServers.size > 0;
  const family = "ipv4";
  return {
    key: frontendKey(protocol, address, port),
    kind: "cluster-ip",
    address,
    protocol,
    port,
    portName: "",
    inside: served ? "serve" : "refuse",
    outside: served ? "serve" : "refuse",
    virtualServers: served
      ? [{
        key: virtualServerKey(protocol, address, port),
        scheduler,
        schedulerFlags: [],
        ...(options.persistence === undefined
          ? {}
          : { persistenceTimeoutSeconds: options.persistence }),
        realServers,
      }]
      : [],
    setEntries: [
      { family, set: "addresses", element: address },
      { family, set: served ? "frontends" : "refuse", element },
    ],
    bind: true,
  };
}

/** Both sides of a comparison, and what is remembered. */
export class Sample {
  readonly desired: Desired = new Desired();
  readonly observed: Observed = new Observed();
  readonly ownership: Ownership = new Ownership();
  readonly drains: Drains = new Drains();
  readonly departures: Map<IpAddress, number> = new Map();
  nowMs = 0;
  listed: ReadonlySet<RealServerKey> = new Set();

  /** Enters a Service. */
  put(
    name: string,
    frontends: readonly SampleFrontend[],
    createdMs: number = 0,
  ): Touched {
    return this.desired.set({
      service: name as ServiceName,
      createdMs,
      frontends: frontends.map(sampleFrontend),
    });
  }

  /** Takes a Service out. */
  remove(name: string): Touched {
    return this.desired.remove(name as ServiceName);
  }

  /** Compares. */
  diff(
    scope: Touched | "all" = "all",
    options: Partial<DiffOptions> = {},
  ): DiffResult {
    return diff(scope, this, {
      deletions: "allow",
      connections: "stale",
      nowMs: this.nowMs,
      departureMs: 5_000,
      drainLimits: DEFAULT_DRAIN_LIMITS,
      listed: () => this.listed,
      first: new Set(),
      ...options,
    });
  }

  /** Makes the changes, as if all had succeeded. */
  apply(result: DiffResult): void {
    this.ownership.add(result.adopted);
    this.ownership.add(madeBy(result.changes));
    this.observed.confirm(result.changes);
    this.ownership.remove(takenBy(result.changes));
    this.ownership.remove(result.released);
    for (const drain of result.drainsEnded) this.drains.remove(drain);
    for (const drain of result.drainsStarted) this.drains.put(drain);
    for (const address of result.departuresEnded) {
      this.departures.delete(address);
    }
    for (const [address, goesMs] of result.departures) {
      this.departures.set(address, goesMs);
    }
  }
}

/** Operations in the words of ipvsadm, short. */
export function words(result: DiffResult): string[] {
  return result.changes.ipvs.map((operation) => {
    switch (operation.verb) {
      case "add-service":
      case "edit-service":
        return `${operation.verb} ${operation.server.key} ` +
          operation.server.scheduler;
      case "delete-service":
        return `${operation.verb} ${operation.key}`;
      case "add-server":
      case "edit-server":
        return `${operation.verb} ${operation.realServer.key} ` +
          operation.realServer.weight;
      case "delete-server":
        return `${operation.verb} ${operation.realServerKey}`;
    }
  });
}
