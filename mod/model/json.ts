/**
 * Most items that are read of any list. The API server's own limits are
 * lower; this one bounds the work that a hostile object can cause.
 */
export const MAX_ITEMS = 20_000;
const RFC_3339 =
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[-+]\d\d:\d\d)$/;

/** A value of the wire whose members are not known yet. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** Whether a value is an object with members. */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Member of an object; undefined when it has none of its own or it is null. */
export function member(value: unknown, name: string): unknown {
  if (!isRecord(value) || !Object.hasOwn(value, name)) return undefined;
  return value[name] ?? undefined;
}

/** Member of a member: `path(object, "spec", "clusterIP")`. */
export function path(value: unknown, ...names: readonly string[]): unknown {
  return names.reduce<unknown>(member, value);
}

/** Whether a value is a whole number within bounds, both included. */
export function isIntegerWithin(
  value: unknown,
  least: number,
  most: number,
): value is number {
  return typeof value === "number" && Number.isInteger(value) &&
    value >= least && value <= most;
}

/** Whether a value is a port number. */
export function isPort(value: unknown): value is number {
  return isIntegerWithin(value, 1, 65_535);
}

/** Time of RFC 3339 in ms since 1970; undefined when it is none. */
export function parseTimeMs(value: unknown): number | undefined {
  if (typeof value !== "string" || !RFC_3339.test(value)) return undefined;
  const timeMs = Date.parse(value);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}
