import { isSame } from "#model";
import { type Field, FIELDS, type Reload } from "./fields.ts";
import type { Settings } from "./settings_types.ts";

/** What becomes of a new configuration. */
export type Outcome =
  /** Nothing differs. */
  | { readonly kind: "same" }
  /** It holds now. */
  | { readonly kind: "applied"; readonly paths: readonly string[] }
  /** It takes another start. */
  | { readonly kind: "restart"; readonly paths: readonly string[] };

/** Brings parts of a new configuration into force. */
export type Apply = (
  next: Settings,
  parts: ReadonlySet<Reload>,
) => Promise<void>;

/** Fields whose values differ. */
export function changedFields(
  before: Settings,
  after: Settings,
): readonly Field[] {
  return FIELDS.filter(({ path, use }) =>
    use === "honoured" &&
    !isSame(before.values.get(path), after.values.get(path))
  );
}

/** The configuration that holds, and what changes it while the agent runs. */
export class LiveSettings {
  #current: Settings;
  #apply: Apply | undefined;
  #isProven = false;

  /** Begins with what the start was told. */
  constructor(settings: Settings) {
    this.#current = settings;
  }

  /** What holds now. */
  get current(): Settings {
    return this.#current;
  }

  /** Whether a start with it has gone through: the kernel is as it asks for. */
  get isProven(): boolean {
    return this.#isProven;
  }

  /** The start has gone through. */
  prove(): void {
    this.#isProven = true;
  }

  /** From now on changes can be applied without another start. */
  attach(apply: Apply): void {
    this.#apply = apply;
  }

  /**
   * Takes a new configuration, as far as that goes without another start;
   * none of it when something of it needs one.
   */
  async offer(next: Settings): Promise<Outcome> {
    const changed = changedFields(this.#current, next);
    const paths = changed.map(({ path }) => path);
    if (changed.length === 0) return { kind: "same" };
    const parts = new Set(changed.map(({ reload }) => reload));
    if (parts.has("restart") || this.#apply === undefined) {
      return { kind: "restart", paths };
    }
    await this.#apply(next, parts);
    this.#current = next;
    return { kind: "applied", paths };
  }
}
