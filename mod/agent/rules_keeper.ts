import { type Iptables, isLockHeld } from "#apply";
import type { IpFamily } from "#model";
import {
  findMarkConflicts,
  planRules,
  planRulesDocument,
  planRulesRemoval,
  type RuleOptions,
} from "#plan";

/**
 * Writes the rules where they are missing or differ; gives the number of
 * families that needed it. Needs the sets to be there. `saw` is told what was
 * there before.
 */
export async function ensureRules(
  iptables: Iptables,
  families: readonly RuleOptions[],
  saw: (options: RuleOptions, saved: string) => void = () => {},
): Promise<number> {
  let written = 0;
  for (const options of families) {
    const saved = await iptables.save(options.family);
    saw(options, saved);
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
  /** Something that an operator should know. */
  warned(message: string): void;
}

/** Keeps the rules, and knows whether they are written. */
export class RulesKeeper {
  readonly #o: RulesKeeperOptions;
  #lockedSinceMs: number | undefined;
  readonly #conflicts = new Map<IpFamily, string>();

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

  /**
   * Writes what is missing or differs; gives the number of families. An audit
   * also looks for rules of others that take our marks from packets.
   */
  async ensure(reason: "look" | "audit" = "look"): Promise<number> {
    const startMs = this.#o.monotonicMs();
    const saw = reason === "audit"
      ? this.#warnOfConflicts.bind(this)
      : undefined;
    try {
      const { iptables } = this.#o;
      const written = await ensureRules(iptables, this.#o.rules(), saw);
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

  /** Says it when it is new, or other than before. */
  #warnOfConflicts({ family }: RuleOptions, saved: string): void {
    const text = findMarkConflicts(saved).join("; ");
    if (text !== "" && text !== this.#conflicts.get(family)) {
      this.#o.warned(
        "Rules of another program may change our firewall marks before IPVS " +
          "sees them, so that clients inside the cluster would reach only " +
          `local endpoints of Services with policy Local: ${text}; give them ` +
          "bits of their own, or us others with --firewall-mark-range",
      );
    }
    this.#conflicts.set(family, text);
  }

  /** Takes all rules of ours; they are to be written again at once. */
  async remove(): Promise<void> {
    await removeRules(this.#o.iptables, this.#o.rules());
  }
}
