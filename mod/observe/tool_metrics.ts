import { countRefused, type MeasuredRun } from "#apply";
import { FAMILY_LABELS } from "./health.ts";
import type { MetricRegistry } from "./metric_registry.ts";

/** Buckets from 1 ms to 16 s, as kube-proxy's. */
const DURATIONS = Array.from({ length: 15 }, (_, n) => 0.001 * 2 ** n);
const TOOLS = ["ipvsadm", "ipset", "iptables", "ip", "conntrack"] as const;
const FAMILIES = Object.values(FAMILY_LABELS);

/** "iptables" for all four of its kind, "other" for what is rare. */
export function toolOf(program: string): string {
  if (/^ip6?tables/.test(program)) return "iptables";
  return (TOOLS as readonly string[]).includes(program) ? program : "other";
}

/** Registers what is measured of the host's tools; gives what is to be told. */
export function registerTools(
  registry: MetricRegistry,
): (run: MeasuredRun) => void {
  const duration = registry.histogram({
    name: "ipvs_batch_duration_seconds",
    help: "Duration of batches sent to the host's tools",
    labelNames: ["tool"],
    buckets: DURATIONS,
  });
  const refused = registry.counter({
    name: "ipvs_batch_refused_lines_total",
    help: "Lines of batches that were refused, as far as the tool tells",
    labelNames: ["tool"],
  });
  const failures = registry.counter({
    name: "ipvs_command_failures_total",
    help: "Commands of any kind that failed, timed out or could not be run",
    labelNames: ["tool"],
  });
  const rules = registerRestores(registry);
  const conntrack = registerConntrack(registry);
  for (const tool of TOOLS) {
    refused.inc({ tool }, 0);
    failures.inc({ tool }, 0);
  }
  return (run) => {
    const [program] = run.argv;
    const tool = toolOf(program);
    if (run.result?.code !== 0 && !isAnswer(run)) failures.inc({ tool });
    if (run.lines === 0) return;
    duration.observe({ tool }, run.durationMs / 1_000);
    refused.inc({ tool }, countRefused(run));
    if (tool === "iptables") rules(run);
    if (tool === "conntrack") conntrack(run);
  };
}

/** "No" is an answer, not a failure, where a thing is asked for by name. */
function isAnswer({ argv: [program], result }: MeasuredRun): boolean {
  return program === "ipvsadm" && result?.stderr.trim() === "No such service";
}

function registerRestores(
  registry: MetricRegistry,
): (run: MeasuredRun) => void {
  const failures = registry.counter({
    name: "sync_proxy_rules_iptables_restore_failures_total",
    help: "Failures of iptables-restore",
    labelNames: ["ip_family"],
  });
  for (const label of FAMILIES) failures.inc({ ip_family: label }, 0);
  return ({ argv: [program], result }) => {
    if (!program.endsWith("-restore") || result?.code === 0) return;
    const family = program.startsWith("ip6") ? "ipv6" : "ipv4";
    failures.inc({ ip_family: FAMILY_LABELS[family] });
  };
}

/** One process deletes flows of both families: each gets what is its own. */
function registerConntrack(
  registry: MetricRegistry,
): (run: MeasuredRun) => void {
  const duration = registry.histogram({
    name: "conntrack_reconciler_sync_duration_seconds",
    help: "Duration of deleting stale tracked connections",
    labelNames: ["ip_family"],
    buckets: DURATIONS,
  });
  const deleted = registry.counter({
    name: "conntrack_reconciler_deleted_entries_total",
    help: "Stale tracked connections that were deleted",
    labelNames: ["ip_family"],
  });
  for (const label of FAMILIES) deleted.inc({ ip_family: label }, 0);
  return ({ durationMs, result }) => {
    const lines = (result?.stdout ?? "").split("\n").filter((line) =>
      line.trim() !== ""
    );
    const sixes = lines.filter((line) => / src=[\da-f]*:/.test(line)).length;
    const counts = { IPv4: lines.length - sixes, IPv6: sixes };
    for (const [label, count] of Object.entries(counts)) {
      deleted.inc({ ip_family: label }, count);
      duration.observe({ ip_family: label }, durationMs / 1_000);
    }
  };
}
