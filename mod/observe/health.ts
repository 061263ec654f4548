import type { AgentSnapshot } from "#agent";
import type { IpFamily } from "#model";

/** What health is told from. */
export interface HealthInput {
  /** State of the agent. */
  readonly snapshot: Pick<
    AgentSnapshot,
    "isReady" | "counts" | "lastAuditMs" | "lastSuccessMs"
  >;
  /** Whether the Node is known, not being deleted and not tainted away. */
  readonly nodeEligible: boolean;
  /** Families that are served. */
  readonly families: ReadonlySet<IpFamily>;
  /** Now, ms since 1970. */
  readonly nowMs: number;
  /** An audit that ended longer ago than this is stale, in ms. */
  readonly timeoutMs: number;
}

/** An answer of the health server. */
export interface HealthAnswer {
  /** 200 or 503. */
  readonly status: 200 | 503;
  /** JSON. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** Names of families as kube-proxy writes them. */
export const FAMILY_LABELS: Readonly<Record<IpFamily, string>> = {
  ipv4: "IPv4",
  ipv6: "IPv6",
};

/**
 * Whether the kernel lately was what the cluster says: an audit, which lists
 * the kernel and compares it with all that is wanted, ended in time, and not
 * every Service failed. One Service that the kernel refuses does not make the
 * node unhealthy. Before the first pass nothing is known of the kernel, so
 * that it is not healthy; it is alive.
 */
export function isHealthy(input: HealthInput): boolean {
  const { snapshot, nowMs, timeoutMs } = input;
  // The start compares everything as an audit does, before there is one.
  const comparedMs = snapshot.lastAuditMs ?? snapshot.lastSuccessMs;
  if (!snapshot.isReady || comparedMs === undefined) return false;
  const { failing, services } = snapshot.counts;
  const allFail = failing > 0 && failing >= services;
  return !allFail && nowMs - comparedMs < timeoutMs;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function bodyOf(input: HealthInput, isOk: boolean): Record<string, unknown> {
  const { snapshot, nowMs } = input;
  const updatedMs = snapshot.lastSuccessMs ?? snapshot.lastAuditMs;
  const healthy = isHealthy(input);
  const families = updatedMs === undefined ? [] : [...input.families];
  return {
    lastUpdated: iso(isOk ? nowMs : updatedMs ?? 0),
    currentTime: iso(nowMs),
    healthy,
    ...(updatedMs === undefined ? {} : {
      status: Object.fromEntries(families.map((family) => [
        FAMILY_LABELS[family],
        { lastUpdated: iso(updatedMs), healthy },
      ])),
    }),
  };
}

/** Answer of `/healthz`: healthy, and the node may have traffic. */
export function answerHealthz(input: HealthInput): HealthAnswer {
  const isOk = isHealthy(input) && input.nodeEligible;
  const { lastUpdated, currentTime, ...rest } = bodyOf(input, isOk);
  const { nodeEligible } = input;
  return {
    status: isOk ? 200 : 503,
    body: { lastUpdated, currentTime, nodeEligible, ...rest },
  };
}

/** Answer of `/livez`: healthy, or still waiting for its first pass. */
export function answerLivez(input: HealthInput): HealthAnswer {
  const isOk = isHealthy(input) || !input.snapshot.isReady;
  return { status: isOk ? 200 : 503, body: bodyOf(input, isOk) };
}
