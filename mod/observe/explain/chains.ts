import { CHAIN_PREFIX, type SavedTable } from "#plan";
import { matchAll } from "./match.ts";
import { type ParsedRule, parseRule } from "./rule.ts";
import { askSet } from "./set_lookup.ts";
import type { PacketState } from "./state.ts";
import type { Doubt, KernelTables, Step } from "./types.ts";

/** How a hook ends for a packet. */
export type HookEnd =
  | { readonly kind: "passed" }
  | { readonly kind: "dropped"; readonly by: string }
  | { readonly kind: "rejected"; readonly by: string; readonly how: string }
  | { readonly kind: "masqueraded"; readonly by: string }
  | { readonly kind: "unknown"; readonly by: string; readonly asks: string };

/** What a hook did. */
export interface HookResult {
  /** How it ended. */
  readonly end: HookEnd;
  /** The packet as it is then. */
  readonly packet: PacketState;
}

/** Whoever collects what happens on the way. */
export interface Story {
  /** Rules of ours that matched. */
  readonly steps: Step[];
  /** Rules of others that may decide. */
  readonly doubts: Doubt[];
}

/** Targets that change nothing about a packet. */
const HARMLESS = new Set(["", "LOG", "NFLOG", "TRACE"]);
const PASSED: HookEnd = { kind: "passed" };

/** Chains that were taken apart once, for many packets. */
const PARSED = new WeakMap<
  readonly string[],
  readonly (readonly [text: string, rule: ParsedRule])[]
>();

function rulesOf(
  chains: ReadonlyMap<string, readonly string[]>,
  chain: string,
): readonly (readonly [text: string, rule: ParsedRule])[] {
  const texts = chains.get(chain) ?? [];
  const known = PARSED.get(texts);
  if (known !== undefined) return known;
  const rules = texts.map((text) => [text, parseRule(text)] as const);
  PARSED.set(texts, rules);
  return rules;
}

/** A rule that leads to a chain of ours, whatever the packet is. */
function isOurJump({ target, conditions }: ParsedRule): boolean {
  return target.startsWith(CHAIN_PREFIX) &&
    conditions.every(({ option, values }) =>
      option === "--comment" || option === "-m" && values[0] === "comment"
    );
}

/**
 * One table at one hook. Rules of ours are followed; of others it is only said
 * that they may decide, unless they certainly do not match.
 */
export class Hook {
  readonly #name: string;
  readonly #chains: ReadonlyMap<string, readonly string[]>;
  readonly #table: SavedTable | undefined;
  readonly #tables: KernelTables;
  readonly #story: Story;
  #packet: PacketState;

  /** Takes the table's name and its chain: "filter", "INPUT". */
  constructor(
    where: { readonly table: string; readonly chain: string },
    packet: PacketState,
    around: { readonly tables: KernelTables; readonly story: Story },
  ) {
    this.#name = `${where.table} ${where.chain}`;
    this.#tables = around.tables;
    this.#story = around.story;
    this.#packet = packet;
    this.#table = around.tables.rules.get(packet.family)?.get(where.table);
    this.#chains = this.#table?.chains ?? new Map();
  }

  /** Lets the packet pass the built-in chain. */
  pass(chain: string): HookResult {
    const end = this.#builtIn(chain);
    return { end, packet: this.#packet };
  }

  #builtIn(chain: string): HookEnd {
    for (const [text, rule] of rulesOf(this.#chains, chain)) {
      if (isOurJump(rule)) {
        const end = this.#ours(rule.target);
        if (end !== undefined && end !== "return") return end;
      } else this.#doubt(text, rule);
    }
    if (this.#table?.policies.get(chain) !== "DROP") return PASSED;
    return { kind: "dropped", by: `the policy of ${this.#name}` };
  }

  /** Follows a chain of ours; undefined, "return": the caller goes on. */
  #ours(chain: string): HookEnd | "return" | undefined {
    for (const [text, rule] of rulesOf(this.#chains, chain)) {
      const { holds, elements, unknown } = matchAll(
        rule.conditions,
        this.#packet,
        this.#tables,
      );
      if (holds === false) continue;
      const by = `-A ${chain} ${text}`;
      if (holds === undefined) {
        return { kind: "unknown", by, asks: unknown.join(", ") };
      }
      const { effect, end } = this.#take(rule, by);
      this.#story.steps.push({
        ...{ hook: this.#name, chain, rule: text, elements, effect },
      });
      if (end !== undefined) return end;
      if (!rule.target.startsWith(CHAIN_PREFIX)) continue;
      const inner = this.#ours(rule.target);
      if (inner !== undefined && inner !== "return") return inner;
      if (rule.isGoto) return "return";
    }
    return undefined;
  }

  #take(
    { target, options }: ParsedRule,
    by: string,
  ): { readonly effect: string; readonly end?: HookEnd | "return" } {
    switch (target) {
      case "ACCEPT":
        return { effect: "lets it pass", end: PASSED };
      case "RETURN":
        return { effect: "goes back", end: "return" };
      case "DROP":
        return { effect: "drops it", end: { kind: "dropped", by } };
      case "REJECT": {
        const how = options[1] ?? "icmp-port-unreachable";
        const end = { kind: "rejected", by, how } as const;
        return { effect: `refuses it by ${how}`, end };
      }
      case "MASQUERADE":
        return { effect: "masquerades it", end: { kind: "masqueraded", by } };
      case "MARK":
        return this.#mark(options);
      case "SET":
        return this.#mapMark(options);
    }
    if (target.startsWith(CHAIN_PREFIX)) return { effect: `goes to ${target}` };
    const end = { kind: "unknown", by, asks: `target ${target}` } as const;
    return { effect: `leads to ${target}`, end };
  }

  /** `--set-xmark value/mask`: bits of the mask are cleared, then flipped. */
  #mark(options: readonly string[]): { readonly effect: string } {
    const [value = 0, mask = 0xffff_ffff] = (options[1] ?? "").split("/")
      .map(Number);
    const mark = ((this.#packet.mark & ~mask) ^ value) >>> 0;
    this.#packet = { ...this.#packet, mark };
    return { effect: `sets mark 0x${mark.toString(16)}` };
  }

  /** `--map-set NAME dst,dst --map-mark`. */
  #mapMark(options: readonly string[]): { readonly effect: string } {
    const [, name = "", by = ""] = options;
    const set = this.#tables.sets.get(name);
    const mark = set && askSet(set, by, this.#packet)?.mark;
    if (mark === undefined) return { effect: "finds no mark" };
    this.#packet = { ...this.#packet, mark };
    return { effect: `sets mark 0x${mark.toString(16)}, as the set says` };
  }

  #doubt(text: string, rule: ParsedRule): void {
    const effects = this.#effectsOf(rule, new Set());
    if (effects.size === 0) return;
    const doubt = {
      hook: this.#name,
      rule: text,
      may: [...effects].join(", "),
    };
    const isKnown = this.#story.doubts.some((one) =>
      one.hook === doubt.hook && one.rule === doubt.rule
    );
    if (!isKnown) this.#story.doubts.push(doubt);
  }

  /** What a rule of others, and what it leads to, may do to the packet. */
  #effectsOf(rule: ParsedRule, seen: ReadonlySet<string>): Set<string> {
    const { target, conditions } = rule;
    const { holds } = matchAll(conditions, this.#packet, this.#tables);
    if (holds === false || HARMLESS.has(target)) return new Set();
    if (!this.#chains.has(target)) return new Set([target]);
    if (seen.has(target)) return new Set();
    const deeper = new Set([...seen, target]);
    const effects = new Set(
      rulesOf(this.#chains, target).flatMap(([, inner]) => [
        ...this.#effectsOf(inner, deeper),
      ]),
    );
    // Going back from a chain of theirs is going on in ours.
    effects.delete("RETURN");
    return effects;
  }
}
