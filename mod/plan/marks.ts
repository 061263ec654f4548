import type { MarkRange } from "./rule_options.ts";
import type { FrontendKey } from "./types.ts";

/** Bits that other parts of Kubernetes test on every packet. */
const RESERVED_BITS = 0x0000_c000;

/**
 * Firewall marks of frontends. A mark belongs to its frontend until it is
 * released; a released mark is the last to be given again, since connections
 * may still carry it.
 */
export class MarkRegistry {
  readonly #range: MarkRange;
  readonly #freeBits: readonly number[];
  readonly #marks = new Map<FrontendKey, number>();
  readonly #used = new Set<number>();
  #next = 1;

  /**
   * Makes an empty registry.
   *
   * @param range bits that all marks share
   * @param masqueradeMark bit that no mark may contain
   */
  constructor(range: MarkRange, masqueradeMark: number) {
    this.#range = range;
    const taken = range.mask | RESERVED_BITS | masqueradeMark;
    this.#freeBits = Array.from({ length: 32 }, (_, bit) => bit)
      .filter((bit) => ((taken >>> bit) & 1) === 0);
  }

  /** How many frontends can have a mark at once. */
  get capacity(): number {
    return 2 ** this.#freeBits.length - 1;
  }

  /**
   * The mark of a frontend; the first call gives it one.
   *
   * @throws {RangeError} when all marks are taken
   */
  markOf(key: FrontendKey): number {
    const known = this.#marks.get(key);
    if (known !== undefined) return known;
    for (let tries = 0; tries < this.capacity; tries++) {
      const mark = this.#nth(this.#next);
      this.#next = this.#next >= this.capacity ? 1 : this.#next + 1;
      if (!this.#used.has(mark)) return this.#take(key, mark);
    }
    throw new RangeError(
      `Cannot give "${key}" a firewall mark: all ${this.capacity} are taken; ` +
        "a wider mark range allows more",
    );
  }

  /** Keeps a mark that the kernel already has, if it may be one of ours. */
  adopt(key: FrontendKey, mark: number): boolean {
    this.passOver(mark);
    if (!this.#isOurs(mark)) return false;
    if (this.#used.has(mark) || this.#marks.has(key)) return false;
    this.#take(key, mark);
    return true;
  }

  /** Of those that are free, marks behind this one are given first. */
  passOver(mark: number): void {
    const index = this.#indexOf(mark);
    if (!this.#isOurs(mark) || index < this.#next) return;
    this.#next = index >= this.capacity ? 1 : index + 1;
  }

  /** Gives the mark of a frontend back. */
  release(key: FrontendKey): void {
    const mark = this.#marks.get(key);
    if (mark === undefined) return;
    this.#marks.delete(key);
    this.#used.delete(mark);
  }

  #take(key: FrontendKey, mark: number): number {
    this.#marks.set(key, mark);
    this.#used.add(mark);
    return mark;
  }

  #isOurs(mark: number): boolean {
    return ((mark & this.#range.mask) >>> 0) === this.#range.value;
  }

  #indexOf(mark: number): number {
    return this.#freeBits.reduce(
      (index, bit, at) => index + ((mark >>> bit) & 1) * 2 ** at,
      0,
    );
  }

  #nth(index: number): number {
    const spread = this.#freeBits.reduce(
      (mark, bit, at) => mark | (((index >>> at) & 1) << bit),
      this.#range.value,
    );
    return spread >>> 0;
  }
}
