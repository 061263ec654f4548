import { type Iptables, isLockHeld } from "#apply";
import {
  planRules,
  planRulesDocument,
  planRulesRemoval,
  type RuleOptions,
} from "#plan";

/**
 * Writes the rules where they are missing or differ; gives the number of
 * families that needed it. Needs the sets to be there.
 */
export async function ensureRules(
  iptables: Iptables,
  families: readonly RuleOptions[],
): Promise<number> {
  let written = 0;
  for (const options of families) {
    const saved = await iptables.save(options.family);
    const document = planRulesDocument(planRules(options), saved);
    if (document === undefined) continue;
    await iptables.restore(options.family, document);
    written++;
  }
  return written;
}

/** Takes all rules of ours, so that no set of ours is in use. */
export async function removeRules(
  iptables: Iptables,
  families: readonly RuleOptions[],
): Promise<void> {
  for (const { family } of families) {
    const document = planRulesRemoval(await iptables.save(family));
    if (document !== undefined) await iptables.restore(family, document);
  }
}

/** What keeping the rules needs. */
export interface RulesKeeperOptions {
  /** Reads and writes them. */
  readonly iptables: Iptables;
  /** Rules of each family. */
  rules(): readonly RuleOptions[];
  /** Never goes back, ms. */
  monotonicMs(): number;
  /** Told how long another program's lock was in the way, ms. */
  waited(ms: number): void;
}

/** Keeps the rules, and knows whether they are written. */
export class RulesKeeper {
  readonly #o: RulesKeeperOptions;
  #lockedSinceMs: number | undefined;

  /** Whether the last try wrote all that was missing. */
  isWhole = true;

  /** Takes the parts. */
  constructor(options: RulesKeeperOptions) {
    this.#o = options;
  }

  /** Whether another program's lock is in the way. */
  get isLocked(): boolean {
    return this.#lockedSinceMs !== undefined;
  }

  /** How long it has been, ms; 0: it is not in the way. */
  get lockedMs(): number {
    const sinceMs = this.#lockedSinceMs;
    return sinceMs === undefined ? 0 : this.#o.monotonicMs() - sinceMs;
  }

  /** Writes what is missing or differs; gives the number of families. */
  async ensure(): Promise<number> {
    const startMs = this.#o.monotonicMs();
    try {
      const written = await ensureRules(this.#o.iptables, this.#o.rules());
      if (this.isLocked) this.#o.waited(this.lockedMs);
      this.#lockedSinceMs = undefined;
      this.isWhole = true;
      return written;
    } catch (error) {
      this.isWhole = false;
      if (isLockHeld(error)) this.#lockedSinceMs ??= startMs;
      throw error;
    }
  }

  /** Takes all rules of ours; they are to be written again at once. */
  async remove(): Promise<void> {
    await removeRules(this.#o.iptables, this.#o.rules());
  }
}
