/**
 * Waiting for what will be true soon.
 *
 * @module
 */

/** How to wait. */
export interface WaitOptions {
  /** Given up after so long; default 10 s. */
  readonly timeoutMs?: number;
  /** Between two tries; default 20 ms. */
  readonly pauseMs?: number;
}

/**
 * Tries until it no longer throws; gives how long that took, in ms.
 *
 * @throws {Error} what it last threw, when the time is over
 */
export async function eventually(
  attempt: () => Promise<unknown> | unknown,
  options: WaitOptions = {},
): Promise<number> {
  const startMs = performance.now();
  for (;;) {
    try {
      await attempt();
      return Math.round(performance.now() - startMs);
    } catch (error) {
      const ms = performance.now() - startMs;
      if (ms > (options.timeoutMs ?? 10_000)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, options.pauseMs ?? 20));
  }
}
