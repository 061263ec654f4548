import type { AgentSnapshot, Step } from "#agent";
import type { IpFamily } from "#model";

/** What health is told from. */
export interface HealthInput {
  /** State of the agent. */
  readonly snapshot: Pick<
    AgentSnapshot,
    "isReady" | "counts" | "lastAgreedMs" | "lastSuccessMs" | "failingTables"
  >;
  /** Whether the Node is known, not being deleted and not tainted away. */
  readonly nodeEligible: boolean;
  /** Families that are served. */
  readonly families: ReadonlySet<IpFamily>;
  /** Now, ms since 1970. */
  readonly nowMs: number;
  /** What has been wrong for so long makes the node unhealthy, in ms. */
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

/** Why the node is not healthy; undefined: it is. */
export function whyUnhealthy(
  input: Pick<HealthInput, "snapshot" | "nowMs" | "timeoutMs">,
): string | undefined {
  const { snapshot, nowMs, timeoutMs } = input;
  const { isReady, lastAgreedMs, failingTables, counts } = snapshot;
  if (!isReady) return "the first pass is not over";
  if (lastAgreedMs === undefined) {
    return "rules, sets or the device could not be made yet";
  }
  const agoMs = nowMs - lastAgreedMs;
  if (agoMs >= timeoutMs) {
    return `the kernel was last found as it should be ${seconds(agoMs)} ago`;
  }
  for (const [table, sinceMs] of failingTables) {
    const forMs = nowMs - sinceMs;
    if (forMs < timeoutMs) continue;
    return `${TABLES[table]} have taken no change for ${seconds(forMs)}`;
  }
  const { failing, services } = counts;
  if (failing > 0 && failing >= services) return "no Service can be programmed";
  return undefined;
}

const TABLES: Readonly<Record<Step, string>> = {
  sets: "ipsets",
  ipvs: "virtual servers",
  addresses: "addresses",
};

function seconds(ms: number): string {
  return `${Math.floor(ms / 1_000)} s`;
}

/**
 * Whether the kernel lately was what the cluster says: it was listed and
 * compared with all that is wanted, the rules, sets and device that all
 * Services need were there or could be made, each table takes changes, and
 * not every Service failed. One Service that the kernel refuses does not make
 * the node unhealthy. Before the first pass nothing is known of the kernel,
 * so that it is not healthy; it is alive. An API server that is away changes
 * nothing: what is programmed goes on being served.
 */
export function isHealthy(input: HealthInput): boolean {
  return whyUnhealthy(input) === undefined;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function bodyOf(input: HealthInput, isOk: boolean): Record<string, unknown> {
  const { snapshot, nowMs } = input;
  const updatedMs = snapshot.lastSuccessMs ?? snapshot.lastAgreedMs;
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

/**
 * Answer of `/readyz`: what is wanted is in the kernel, whatever becomes of
 * the node. kube-proxy has no such path.
 */
export function answerReadyz(input: HealthInput): HealthAnswer {
  const isOk = isHealthy(input);
  return { status: isOk ? 200 : 503, body: bodyOf(input, isOk) };
}

/** Answer of `/livez`: healthy, or still waiting for its first pass. */
export function answerLivez(input: HealthInput): HealthAnswer {
  const isOk = isHealthy(input) || !input.snapshot.isReady;
  return { status: isOk ? 200 : 503, body: bodyOf(input, isOk) };
}
