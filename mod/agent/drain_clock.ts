/** First look at connections after a drain began, ms. */
const LOOK_MS = 1_000;
/** Later looks are so far apart at most, ms. */
const LOOK_MAX_MS = 5_000;

/** When to look at the connections of draining real servers. */
export class DrainClock {
  #stepMs = LOOK_MS;

  /** The next look, ms of the monotonic clock; Infinity: none. */
  nextMs: number = Infinity;

  /**
   * Sets the next look, now that the first drain is over then whatever its
   * connections do; Infinity: none drains.
   */
  plan(endMs: number, nowMs: number): void {
    if (endMs === Infinity) {
      this.nextMs = Infinity;
      this.#stepMs = LOOK_MS;
      return;
    }
    // One whose time is over already could not be taken: no sooner than a step.
    const firstMs = endMs > nowMs ? Math.ceil(endMs) : Infinity;
    this.nextMs = Math.min(this.nextMs, nowMs + this.#stepMs, firstMs);
  }

  /** A look is being taken: the next one is further off. */
  look(): void {
    this.nextMs = Infinity;
    this.#stepMs = Math.min(2 * this.#stepMs, LOOK_MAX_MS);
  }

  /** No look before then. */
  postpone(untilMs: number): void {
    this.nextMs = Math.max(this.nextMs, untilMs);
  }
}
