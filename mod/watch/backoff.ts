/** Longest wait before the first try again, in ms. */
export const BACKOFF_BASE_MS = 800;
/** Ceiling of all waits that the server did not ask for, in ms. */
export const BACKOFF_CEILING_MS = 30_000;
/** Longest wait that a server may ask for by Retry-After, in ms. */
export const RETRY_AFTER_CEILING_MS = 5 * 60_000;
/** What a wait that the server asked for is spread by, in ms. */
export const RETRY_AFTER_JITTER_MS = 1000;

/**
 * Wait before try `attempt` (1, 2, ...), in ms: full jitter over a range
 * that doubles up to the ceiling. `random` is in [0, 1).
 */
export function backoffMs(attempt: number, random: number): number {
  const exponent = Math.min(Math.max(attempt - 1, 0), 16);
  const range = Math.min(BACKOFF_CEILING_MS, BACKOFF_BASE_MS * 2 ** exponent);
  return Math.round(range * random);
}

/** Wait when the server named one: at least that, spread a little. */
export function retryAfterMs(seconds: number, random: number): number {
  const asked = Math.min(seconds * 1000, RETRY_AFTER_CEILING_MS);
  return Math.round(asked + RETRY_AFTER_JITTER_MS * random);
}

/** Reads a Retry-After header: seconds or a date; undefined: neither. */
export function parseRetryAfter(
  header: string | null,
  nowUnixMs: number,
): number | undefined {
  if (header === null) return undefined;
  if (/^\s*[0-9]+\s*$/.test(header)) return Number(header);
  const date = Date.parse(header);
  if (Number.isNaN(date)) return undefined;
  return Math.max(0, Math.ceil((date - nowUnixMs) / 1000));
}
