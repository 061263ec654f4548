/**
 * Names of metrics that this program has, and those that a query asks for.
 *
 * @module
 */
import type { PassReport } from "../../mod/agent/types.ts";
import { Metrics } from "../../mod/observe/metrics.ts";
import { QUIET, testSources } from "../observe/support.ts";

const FUNCTIONS = /^(?:by|le|time|sum|min|max|topk|rate|increase)$/;
const SUFFIX = /_(?:bucket|sum|count)$/;

/** Names of all metrics, with their types. */
export async function metricTypes(): Promise<ReadonlyMap<string, string>> {
  const metrics = await Metrics.open(testSources());
  const report: PassReport = { ...QUIET, oldestChangeMs: 0 };
  metrics.observer().passed(report);
  const { text } = await metrics.text();
  return new Map(
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)]
      .map(([, name = "", type = ""]) => [name, type] as const),
  );
}

/** Names of metrics in a query, without the suffixes of histograms. */
export function namesIn(query: string): readonly string[] {
  const bare = query.replace(/\{[^}]*\}|"[^"]*"|\[[^\]]*\]/g, " ")
    .replace(/\b(?:by|without|on|ignoring) *\([^)]*\)/g, " ");
  return [...bare.matchAll(/[a-zA-Z_]\w*(?! *\()/g)]
    .filter(({ 0: name, index }) =>
      !FUNCTIONS.test(name) && bare[index + name.length] !== "(" &&
      name.includes("_") && !name.startsWith("histogram_")
    ).map(([name]) => name);
}

/** What is wrong with a query; undefined: every metric of it exists. */
export function faultOf(
  query: string,
  types: ReadonlyMap<string, string>,
): string | undefined {
  const names = namesIn(query);
  if (names.length === 0) return `no metric in ${query}`;
  for (const name of names) {
    const base = types.has(name) ? name : name.replace(SUFFIX, "");
    const type = types.get(base);
    if (type === undefined) return `no metric ${name}`;
    if (name !== base && type !== "histogram") return `${base} is a ${type}`;
    const isRated = new RegExp(`(?:rate|increase)\\(${name}\\b`).test(query);
    if (isRated && type === "gauge") return `${name} is a gauge, not a counter`;
    if (!isRated && type === "counter") return `${name} is a counter: rate it`;
  }
  return undefined;
}
