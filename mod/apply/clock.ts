/** Time as the agent sees it; tests put their own in its place. */
export interface Clock {
  /** Wall clock, ms since 1970: for what outlives the process. */
  nowMs(): number;
  /** Never goes back; ms since an arbitrary point: for durations. */
  monotonicMs(): number;
  /**
   * Resolves after so many ms.
   *
   * @throws the signal's reason when it is aborted first
   */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** The machine's own clock. */
export const HOST_CLOCK: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: sleepOnHost,
};

/** Resolves after so many ms, or at the signal, whichever is first. */
export async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  await sleepOnHost(ms, signal).catch(() => {});
}

function sleepOnHost(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const wake = setTimeout(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    }, ms);
    function abort(): void {
      clearTimeout(wake);
      reject(signal.reason);
    }
    signal.addEventListener("abort", abort, { once: true });
  });
}
