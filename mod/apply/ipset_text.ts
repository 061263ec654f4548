import type { IpFamily } from "#model";
import {
  SET_DEFINITIONS,
  SET_PREFIX,
  type SetEntry,
  type SetKind,
  setName,
} from "#plan";
import { safeNumber, safeWord } from "./safe_text.ts";
import type { ObservedSet } from "./types.ts";

const LEAST_ELEMENTS = 1024;
/** Room to grow before the set must be made anew. */
const HEAD_ROOM = 1.5;
/** The kernel takes up to 12 elements a bucket and doubles the hash itself. */
const ELEMENTS_PER_BUCKET = 4;
const MARKS = { least: 0, most: 0xffff_ffff };

/** Type with the options that make two sets alike: no sizes. */
export function setType(set: SetKind, family: IpFamily): string {
  const { type, skbinfo } = SET_DEFINITIONS[set];
  if (type === "bitmap:port") return "bitmap:port range 0-65535";
  const inet = family === "ipv4" ? "inet" : "inet6";
  return `${type} family ${inet}${skbinfo ? " skbinfo" : ""}`;
}

/** `maxelem` for so many elements: with head-room, a power of two. */
export function setCapacity(elements: number): number {
  let capacity = LEAST_ELEMENTS;
  while (capacity < elements * HEAD_ROOM) capacity *= 2;
  return capacity;
}

/** The line that makes a set for so many elements. */
export function formatCreate(
  name: string,
  type: string,
  elements: number,
): string {
  const line = `create ${safeWord("a set", name)} ${type}`;
  if (type.startsWith("bitmap:")) return line;
  const capacity = setCapacity(elements);
  const hashSize = Math.max(LEAST_ELEMENTS, capacity / ELEMENTS_PER_BUCKET);
  return `${line} hashsize ${hashSize} maxelem ${capacity}`;
}

/** The line that adds an element to a set of that name. */
export function formatAdd(
  name: string,
  element: string,
  mark: number | undefined,
): string {
  const line = `add ${safeWord("a set", name)} ${
    safeWord("an element", element)
  }`;
  return mark === undefined
    ? line
    : `${line} skbmark 0x${
      Number(safeNumber("a mark", mark, MARKS)).toString(16)
    }`;
}

/** The line that adds an entry to its set. */
export function formatAddEntry(entry: SetEntry): string {
  return formatAdd(
    setName(entry.set, entry.family),
    entry.element,
    entry.mark,
  );
}

/** The line that deletes an entry from its set. */
export function formatDeleteEntry(entry: SetEntry): string {
  const name = setName(entry.set, entry.family);
  return `del ${name} ${safeWord("an element", entry.element)}`;
}

const CREATE_LINE = /^create (\S+) (\S+)(.*)$/;
/** Options that differ from kernel to kernel or say only how large it is. */
const SIZE_OPTIONS = new Set(["hashsize", "bucketsize", "initval"]);

/**
 * Reads `ipset save`, our sets only or those that are asked for. Values are made comparable: whole
 * networks lose their suffix, as ipset itself prints them, and a mark with a
 * mask of its own is not a number of ours (NaN equals nothing).
 *
 * @throws {SyntaxError} at a line that no known ipset prints
 */
export function parseIpsetSave(
  text: string,
  isAsked: (name: string) => boolean = isOurs,
): Map<string, ObservedSet> {
  const sets = new Map<string, ObservedSet>();
  let elements = new Map<string, number | undefined>();
  let prefix = "";
  for (const line of text.split("\n")) {
    if (prefix !== "" && line.startsWith(prefix)) {
      addElement(elements, line.slice(prefix.length));
    } else if (line.startsWith("create ")) {
      elements = new Map();
      const set = parseCreate(line, elements);
      prefix = isAsked(set.name) ? `add ${set.name} ` : "";
      if (prefix !== "") sets.set(set.name, set);
    } else if (line !== "" && !line.startsWith("add ")) {
      throw unreadable(line);
    }
  }
  return sets;
}

function isOurs(name: string): boolean {
  return Object.values(SET_PREFIX).some((prefix) => name.startsWith(prefix));
}

function unreadable(line: string): SyntaxError {
  return new SyntaxError(
    `Cannot read ipset's output: unknown line ${JSON.stringify(line)}`,
  );
}

function parseCreate(
  line: string,
  elements: ReadonlyMap<string, number | undefined>,
): ObservedSet {
  const match = CREATE_LINE.exec(line);
  if (match === null) throw unreadable(line);
  const [, name = "", kind = "", options = ""] = match;
  const words = options.split(" ").filter((word) => word !== "");
  let type = kind;
  let maxElements: number | undefined;
  for (let i = 0; i < words.length; i++) {
    if (words[i] === "maxelem") maxElements = Number(words[++i]);
    else if (SIZE_OPTIONS.has(words[i]!)) i++;
    else type += ` ${words[i]}`;
  }
  return {
    name,
    type,
    ...maxElements === undefined ? {} : { maxElements },
    elements,
  };
}

function addElement(
  elements: Map<string, number | undefined>,
  text: string,
): void {
  const space = text.indexOf(" ");
  if (space < 0) {
    elements.set(text, undefined);
    return;
  }
  const mark = / skbmark (\S+)/.exec(text)?.[1];
  elements.set(
    text.slice(0, space),
    mark === undefined ? undefined : Number(mark),
  );
}
