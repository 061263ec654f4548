import { type Answer, fails, misuse, says } from "./misuse.ts";
import { type FakeSetType, readElement } from "./ipset_element.ts";

/** A set in the fake kernel. */
export interface FakeSet {
  name: string;
  readonly type: FakeSetType;
  readonly family: "inet" | "inet6";
  readonly hashSize: number;
  readonly maxElements: number;
  readonly skbinfo: boolean;
  /** Element to `skbmark`, "0x1" or "0x1/0xff"; undefined: none. */
  readonly elements: Map<string, string | undefined>;
}

/** Elements of one set that ipset sends to the kernel together. */
interface Pending {
  readonly verb: "add" | "del";
  readonly set: FakeSet;
  readonly lines: { line: number; element: string; mark?: string }[];
}

const NO_SET = "The set with the given name does not exist";

/** ipset 7.17 over a table of sets. */
export class FakeIpset {
  /** The kernel's sets; tests may edit them as a foreigner would. */
  readonly sets = new Map<string, FakeSet>();
  readonly #isReferenced: (name: string) => boolean;

  /** `isReferenced`: whether a rule names the set. */
  constructor(isReferenced: (name: string) => boolean) {
    this.#isReferenced = isReferenced;
  }

  run(parameters: readonly string[], stdin: string): Answer {
    const exist = parameters.some((word) => word === "-exist" || word === "-!");
    const words = parameters.filter((word) =>
      word !== "-exist" && word !== "-!"
    );
    const [command = "", name] = words;
    if (command === "restore" && words.length === 1) {
      return new Restore(this, exist).run(stdin);
    }
    if (command === "save" && words.length <= 2) return this.#save(name);
    if (command === "list" && words.length === 2 && name === "-n") {
      return says([...this.sets.keys()].map((set) => `${set}\n`).join(""));
    }
    if (command === "--version") {
      return says("ipset v7.17, protocol version: 7\n");
    }
    return new Restore(this, exist).single(words);
  }

  /** All sets as `ipset save` prints them. */
  dump(): string {
    return [...this.sets.values()].map(saveText).join("");
  }

  /** Applies lines as an administrator would type them; throws if refused. */
  edit(...lines: readonly string[]): void {
    const answer = this.run(["restore", "-exist"], lines.join("\n"));
    if (answer.code !== 0) throw new Error(answer.stderr);
  }

  isReferenced(name: string): boolean {
    return this.#isReferenced(name);
  }

  #save(name: string | undefined): Answer {
    if (name === undefined) return says(this.dump());
    const set = this.sets.get(name);
    if (set === undefined) return fails(1, `ipset v7.17: ${NO_SET}\n`);
    return says(saveText(set));
  }
}

function saveText(set: FakeSet): string {
  const options = set.type === "bitmap:port"
    ? "range 0-65535"
    : `family ${set.family} hashsize ${set.hashSize} maxelem ` +
      `${set.maxElements}${set.skbinfo ? " skbinfo" : ""} bucketsize 12 ` +
      "initval 0xe67b865a";
  let text = `create ${set.name} ${set.type} ${options}\n`;
  for (const [element, mark] of set.elements) {
    text += `add ${set.name} ${element}`;
    text += mark === undefined ? "\n" : ` skbmark ${mark}\n`;
  }
  return text;
}

const PENDING_LIMIT = 2000;

/** One `ipset restore`. */
class Restore {
  readonly #host: FakeIpset;
  readonly #exist: boolean;
  #pending: Pending | undefined;

  constructor(host: FakeIpset, exist: boolean) {
    this.#host = host;
    this.#exist = exist;
  }

  run(stdin: string): Answer {
    const lines = stdin.split("\n");
    for (let i = 0; i < lines.length; i++) {
      const words = lines[i]!.split(" ").filter((word) => word !== "");
      if (words.length === 0 || words[0]!.startsWith("#")) continue;
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

function readMark(
  options: readonly string[],
): { readonly mark: string } | undefined {
  if (options.length === 0) return undefined;
  const [option, value = ""] = options;
  if (option !== "skbmark" || options.length !== 2) {
    misuse("ipset", `the options "${options.join(" ")}"`);
  }
  const [mark = "", mask] = value.split("/");
  if (!/^(0x[0-9a-f]{1,8}|\d+)$/i.test(mark)) {
    misuse("ipset", `the mark "${value}"`);
  }
  const text = `0x${Number(mark).toString(16)}`;
  const full = mask === undefined || Number(mask) === 0xffff_ffff;
  return { mark: full ? text : `${text}/${mask}` };
}

function readDefinition(name: string, words: readonly string[]): FakeSet {
  const [type = "", ...options] = words.filter((word) => word !== "-exist");
  const set = {
    name,
    type: type as FakeSetType,
    family: "inet" as "inet" | "inet6",
    hashSize: 1024,
    maxElements: 65536,
    skbinfo: false,
    elements: new Map<string, string | undefined>(),
  };
  if (
    !["hash:ip", "hash:ip,port", "hash:ip,port,net", "bitmap:port"]
      .includes(type)
  ) misuse("ipset", `the type "${type}"`);
  for (let i = 0; i < options.length; i++) {
    const value = options[i + 1] ?? "";
    if (options[i] === "skbinfo") {
      set.skbinfo = true;
      continue;
    }
    if (options[i] === "family") set.family = value as "inet" | "inet6";
    else if (options[i] === "hashsize") set.hashSize = roundUp(Number(value));
    else if (options[i] === "maxelem") set.maxElements = Number(value);
    else if (options[i] !== "range" || value !== "0-65535") {
      misuse("ipset", `the option "${options[i]} ${value}"`);
    }
    i++;
  }
  return set;
}

/** Hash sizes are powers of two, 64 at least. */
function roundUp(size: number): number {
  let power = 64;
  while (power < size) power *= 2;
  return power;
}
