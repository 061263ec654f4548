import { misuse } from "./misuse.ts";
import type { FakeSetType } from "./ipset_element.ts";

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

/** What ipset says of an absent set. */
export const NO_SET = "The set with the given name does not exist";

/** One set as `ipset save` prints it. */
export function saveText(set: FakeSet): string {
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

/** Reads what follows an element. */
export function readMark(
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

/** Reads what follows "create NAME". */
export function readDefinition(
  name: string,
  words: readonly string[],
): FakeSet {
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
    ![
      ...["hash:ip", "hash:ip,port", "hash:ip,port,net", "hash:ip,port,ip"],
      "bitmap:port",
    ].includes(type)
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
