import type { ServiceSummary } from "./report/types.ts";

/** Services in columns, so that thousands are small to send. */
export interface ServiceTable {
  /** Names of the columns. */
  readonly columns: readonly (keyof ServiceSummary)[];
  /** One row for each Service, by name. */
  readonly rows: readonly (readonly unknown[])[];
}

const COLUMNS = [
  "name",
  "type",
  "state",
  "why",
  "sinceMs",
  "ports",
  "clusterIps",
  "frontends",
  "served",
  "realServers",
  "quiescent",
  "connections",
] as const satisfies readonly (keyof ServiceSummary)[];

/** The same Services, each as a row; 0 stands for what is absent. */
export function serviceTable(
  services: readonly ServiceSummary[],
): ServiceTable {
  return {
    columns: COLUMNS,
    rows: services.map((one) =>
      COLUMNS.map((name) => {
        const value = one[name];
        return Array.isArray(value) ? value.join(" ") : value ?? 0;
      })
    ),
  };
}

/** How a cached answer is kept. */
export interface CacheOptions {
  /** Never goes back, ms. */
  monotonicMs(): number;
  /** An answer serves for so long at least, ms. */
  readonly minAgeMs: number;
  /** And for so many times as long as it took to make. */
  readonly costFactor: number;
}

/**
 * Makes an answer when it is asked for and not more often than it may cost:
 * with a factor of 20, at most a twentieth of the time goes into it.
 */
export function cached<Value>(
  make: () => Value,
  { monotonicMs, minAgeMs, costFactor }: CacheOptions,
): () => Value {
  let kept: { readonly value: Value; readonly untilMs: number } | undefined;
  return () => {
    const startMs = monotonicMs();
    if (kept !== undefined && startMs < kept.untilMs) return kept.value;
    const value = make();
    const settle = (): void => {
      const endMs = monotonicMs();
      const ageMs = Math.max(minAgeMs, costFactor * (endMs - startMs));
      kept = { value, untilMs: endMs + ageMs };
    };
    if (value instanceof Promise) {
      // Whoever asks meanwhile waits for the same one.
      kept = { value, untilMs: Infinity };
      value.then(settle, settle);
    } else settle();
    return value;
  };
}
