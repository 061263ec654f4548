import { type Answer, fails, misuse, says } from "./misuse.ts";
import { readElement } from "./ipset_element.ts";
import {
  type FakeSet,
  NO_SET,
  readDefinition,
  readMark,
  saveText,
} from "./ipset_state.ts";

/** The kernel's sets, and which of them rules hold. */
export interface FakeSets {
  readonly sets: Map<string, FakeSet>;
  isReferenced(name: string): boolean;
}

/** Elements of one set that ipset sends to the kernel together. */
interface Pending {
  readonly verb: "add" | "del";
  readonly set: FakeSet;
  readonly lines: { line: number; element: string; mark?: string }[];
}

const PENDING_LIMIT = 2000;

/** One `ipset restore`. */
export class Restore {
  readonly #host: FakeSets;
  readonly #exist: boolean;
  #pending: Pending | undefined;

  constructor(host: FakeSets, exist: boolean) {
    this.#host = host;
    this.#exist = exist;
  }

  run(stdin: string): Answer {
    const lines = stdin.split("\n");
    for (let i = 0; i < lines.length; i++) {
      const text = lines[i]!;
      if (text === "" || text.startsWith("#")) continue;
      const words = text.split(" ").filter((word) => word !== "");
      if (words.length === 0) continue;
      const refusal = this.#line(words, i + 1);
      if (refusal !== undefined) return fails(1, `ipset v7.17: ${refusal}\n`);
    }
    const refusal = this.#commit();
    return refusal === undefined
      ? says("")
      : fails(1, `ipset v7.17: ${refusal}\n`);
  }

  single(words: readonly string[]): Answer {
    const refusal = this.#line(words, 0) ?? this.#commit();
    if (refusal === undefined) return says("");
    const sentence = refusal.replace("Error in line 0: ", "");
    return fails(1, `ipset v7.17: ${sentence}\n`);
  }

  /** The refusal's text; the pending elements are then lost or applied. */
  #line(words: readonly string[], line: number): string | undefined {
    const [verb = "", name = "", ...rest] = words;
    if (verb === "add" || verb === "del") {
      return this.#element(verb, [name, ...rest], line);
    }
    const earlier = this.#commit();
    if (earlier !== undefined) return earlier;
    const message = this.#command(verb, name, rest);
    return message && `Error in line ${line}: ${message}`;
  }

  #element(
    verb: "add" | "del",
    [name = "", text = "", ...options]: readonly string[],
    line: number,
  ): string | undefined {
    const where = `Error in line ${line}: `;
    if (this.#pending?.verb !== verb || this.#pending.set.name !== name) {
      // The type of another set is asked for before the pending lines are
      // sent: a set that does not exist loses them.
      const set = this.#host.sets.get(name);
      if (set === undefined) return where + NO_SET;
      const refusal = this.#commit();
      if (refusal !== undefined) return refusal;
      this.#pending = { verb, set, lines: [] };
    }
    const { set } = this.#pending;
    const read = readElement(text, set.type, set.family);
    if ("syntaxError" in read) return where + read.syntaxError;
    const mark = readMark(options);
    if ("kernelError" in read) {
      return this.#commit() ?? where + read.kernelError;
    }
    if (mark !== undefined && !set.skbinfo) {
      return this.#commit() ?? where +
          "Skbinfo mapping cannot be used: set was created without skbinfo support";
    }
    this.#pending.lines.push({ line, element: read.element, ...mark });
    return this.#pending.lines.length >= PENDING_LIMIT
      ? this.#commit()
      : undefined;
  }

  #commit(): string | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending === undefined) return undefined;
    for (const { line, element, mark } of pending.lines) {
      const message = pending.verb === "add"
        ? this.#add(pending.set, element, mark)
        : this.#delete(pending.set, element);
      if (message !== undefined) return `Error in line ${line}: ${message}`;
    }
    return undefined;
  }

  #add(
    set: FakeSet,
    element: string,
    mark: string | undefined,
  ): string | undefined {
    if (set.elements.has(element)) {
      if (!this.#exist) {
        return "Element cannot be added to the set: it's already added";
      }
    } else if (
      set.type !== "bitmap:port" && set.elements.size >= set.maxElements
    ) {
      return "Hash is full, cannot add more elements";
    }
    set.elements.set(element, mark);
    return undefined;
  }

  #delete(set: FakeSet, element: string): string | undefined {
    if (set.elements.delete(element) || this.#exist) return undefined;
    return "Element cannot be deleted from the set: it's not added";
  }

  #command(
    verb: string,
    name: string,
    rest: readonly string[],
  ): string | undefined {
    const { sets } = this.#host;
    const set = sets.get(name);
    switch (verb) {
      case "create":
        return this.#create(name, rest);
      case "destroy":
        if (set === undefined) return this.#exist ? undefined : NO_SET;
        if (this.#host.isReferenced(name)) {
          return "Set cannot be destroyed: it is in use by a kernel component";
        }
        sets.delete(name);
        return undefined;
      case "flush":
        set?.elements.clear();
        return set === undefined ? NO_SET : undefined;
      case "swap":
        return this.#swap(set, sets.get(rest[0] ?? ""));
      default:
        return misuse("ipset", `"${[verb, name, ...rest].join(" ")}"`);
    }
  }

  #create(name: string, rest: readonly string[]): string | undefined {
    if (name.length > 31) {
      return `Syntax error: setname '${name}' is longer than 31 characters`;
    }
    const made = readDefinition(name, rest);
    const present = this.#host.sets.get(name);
    if (present === undefined) {
      this.#host.sets.set(name, made);
      return undefined;
    }
    const same = saveText({ ...present, elements: new Map() }) ===
      saveText({ ...made, elements: new Map() });
    return same && this.#exist
      ? undefined
      : "Set cannot be created: set with the same name already exists";
  }

  /** The kernel swaps contents, and rules go on to hold the name. */
  #swap(
    from: FakeSet | undefined,
    to: FakeSet | undefined,
  ): string | undefined {
    if (from === undefined) return NO_SET;
    if (to === undefined) {
      return "Sets cannot be swapped: the second set does not exist";
    }
    if (from.type !== to.type || from.family !== to.family) {
      return "The sets cannot be swapped: their type does not match";
    }
    const names = [from.name, to.name] as const;
    this.#host.sets.set(names[0], Object.assign(to, { name: names[0] }));
    this.#host.sets.set(names[1], Object.assign(from, { name: names[1] }));
    return undefined;
  }
}
