import type { RealServerKey } from "./types.ts";

/** Maps that were unpacked last, so that look-ups in a row cost one. */
const HOT = 4;
const hot: { readonly packed: object; readonly map: unknown }[] = [];

/**
 * A map of real servers whose keys are one text; it is unpacked when it is
 * looked at. A large cluster has a hundred thousand of them, and a change
 * looks at a few: a `Map` with its keys and values costs five times as much.
 * Its fields are no secrets, so that what compares values compares it whole.
 */
export abstract class PackedMap<Value extends { readonly key: RealServerKey }>
  implements ReadonlyMap<RealServerKey, Value> {
  /** Keys in order, with a space between each two. */
  readonly text: string;
  /** How many there are. */
  readonly size: number;

  /** Takes the keys, which have no space in them and no doubles. */
  constructor(values: readonly Value[]) {
    this.text = values.map(({ key }) => key).join(" ");
    this.size = values.length;
  }

  /** Makes the value at a place anew. */
  protected abstract unpack(key: RealServerKey, at: number): Value;

  /** The value of a key. */
  get(key: RealServerKey): Value | undefined {
    return this.toMap().get(key);
  }

  /** Whether there is such a key. */
  has(key: RealServerKey): boolean {
    return this.toMap().has(key);
  }

  /** Calls back with each. */
  forEach(
    callback: (
      value: Value,
      key: RealServerKey,
      map: ReadonlyMap<RealServerKey, Value>,
    ) => void,
  ): void {
    for (const [key, value] of this.toMap()) callback(value, key, this);
  }

  /** Keys, in order. */
  keys(): MapIterator<RealServerKey> {
    return this.toMap().keys();
  }

  /** Values, in order. */
  values(): MapIterator<Value> {
    return this.toMap().values();
  }

  /** Keys and values, in order. */
  entries(): MapIterator<[RealServerKey, Value]> {
    return this.toMap().entries();
  }

  /** Keys and values, in order. */
  [Symbol.iterator](): MapIterator<[RealServerKey, Value]> {
    return this.toMap().entries();
  }

  /** All of it as a map that lives for a while; not to be written to. */
  protected toMap(): ReadonlyMap<RealServerKey, Value> {
    const known = hot.find(({ packed }) => packed === this);
    if (known !== undefined) {
      return known.map as ReadonlyMap<RealServerKey, Value>;
    }
    const keys = this.size === 0 ? [] : this.text.split(" ");
    const map = new Map(
      (keys as RealServerKey[]).map((key, at) => [key, this.unpack(key, at)]),
    );
    hot.unshift({ packed: this, map });
    hot.length = Math.min(hot.length, HOT);
    return map;
  }
}
