import { parseCidr, parseIpAddress } from "#model";
import {
  array,
  boolean,
  check,
  finite,
  type GenericSchema,
  integer as whole,
  is,
  maxValue,
  minValue,
  number,
  picklist,
  pipe,
  record,
  string,
  unknown,
} from "valibot";
import type { MarkRange } from "#plan";
import { parseDuration } from "./duration.ts";

/** What a configuration value may be, in the file and as a flag. */
export interface ValueKind {
  /** For messages: "a whole number from 0 to 31". */
  readonly allowed: string;
  /** What a value of the file must be. */
  readonly schema: GenericSchema;
  /** Value of a flag's text; `undefined` when it cannot be read. */
  parse(text: string): unknown;
}

/** Whether a value is allowed. */
export function isAllowed({ schema }: ValueKind, value: unknown): boolean {
  return is(schema, value);
}

/** A text that fits. */
export function textual(
  allowed: string,
  fits: (text: string) => boolean,
): ValueKind {
  return {
    allowed,
    schema: pipe(string(), check(fits)),
    parse: (text) => text,
  };
}

/** Any text. */
export const TEXT: ValueKind = textual("a text", () => true);

/** A text of which one of `names` is meant; the empty one where listed. */
export function choice(...names: readonly string[]): ValueKind {
  const shown = names.map((name) => name === "" ? '""' : name).join(", ");
  return {
    allowed: `one of ${shown}`,
    schema: picklist(names),
    parse: (text) => text,
  };
}

const TRUE = new Set(["1", "t", "T", "true", "TRUE", "True"]);
const FALSE = new Set(["0", "f", "F", "false", "FALSE", "False"]);

/** Yes or no; flags take Go's spellings. */
export const BOOLEAN: ValueKind = {
  allowed: "true or false",
  schema: boolean(),
  parse(text) {
    if (TRUE.has(text)) return true;
    return FALSE.has(text) ? false : undefined;
  },
};

/** A whole number in a range, both ends included. */
export function integer(min: number, max: number): ValueKind {
  return {
    allowed: max >= 2 ** 31 - 1
      ? `a whole number from ${min} up`
      : `a whole number from ${min} to ${max}`,
    schema: pipe(number(), whole(), minValue(min), maxValue(max)),
    parse: (text) => /^[-+]?\d+$/.test(text) ? Number(text) : undefined,
  };
}

/** Fewest bits that a range of marks must leave to tell marks apart. */
const LEAST_FREE_BITS = 12;

/**
 * Reads "0x1000000/0xff000000"; undefined when it is no range of marks: the
 * value must lie in the mask, which must leave room for 4,096 marks.
 */
export function parseMarkRange(text: string): MarkRange | undefined {
  const match = /^(0x[\da-f]{1,8})\/(0x[\da-f]{1,8})$/i.exec(text);
  if (match === null) return undefined;
  const value = Number(match[1]);
  const mask = Number(match[2]);
  const taken = mask.toString(2).replaceAll("0", "").length;
  const isIn = value > 0 && ((value & ~mask) >>> 0) === 0;
  return isIn && 32 - taken >= LEAST_FREE_BITS ? { value, mask } : undefined;
}

/** A range of firewall marks. */
export const MARK_RANGE: ValueKind = textual(
  'value and mask in hexadecimal, such as "0x1000000/0xff000000"; the value ' +
    `must lie in the mask, which leaves at least ${LEAST_FREE_BITS} bits free`,
  (text) => parseMarkRange(text) !== undefined,
);

/** A number. */
export const NUMBER: ValueKind = {
  allowed: "a number",
  schema: pipe(number(), finite()),
  parse: (text) =>
    text !== "" && Number.isFinite(Number(text)) ? Number(text) : undefined,
};

/** A duration of zero or more, in Go's syntax. */
export const DURATION: ValueKind = textual(
  'a duration of zero or more, such as "30s" or "1h0m0s"',
  (text) => (parseDuration(text) ?? -1) >= 0,
);

function isIp(text: string): boolean {
  return parseIpAddress(text) !== undefined;
}

/** Whether the text is a network such as "10.0.0.0/8". */
export function isCidr(text: string): boolean {
  return parseCidr(text) !== undefined;
}

/** An IP address. */
export const IP: ValueKind = textual("an IP address", isIp);

/**
 * Address and port of a server; `port` is used where none is written.
 * Undefined when the text is neither.
 */
export function parseBind(
  text: string,
  port: number,
): { readonly host: string; readonly port: number } | undefined {
  if (isIp(text)) return { host: text, port };
  const parts = /^(?:\[(?<v6>[^\]]+)\]|(?<v4>[^:]*))(?::(?<port>\d{1,5}))?$/
    .exec(text)?.groups;
  const host = parts?.v6 ?? parts?.v4 ?? "";
  const number = Number(parts?.port ?? port);
  if (!isIp(host) || number < 1 || number > 65_535) return undefined;
  return { host, port: number };
}

/** Address of a server, with or without port; empty: see the field. */
export const BIND: ValueKind = textual(
  'an IP address with or without a port from 1 to 65535, such as "0.0.0.0:10256"',
  (text) => text === "" || parseBind(text, 1) !== undefined,
);

/** A list whose members all fit; a flag separates them by commas. */
export function listOf(
  allowed: string,
  fits: (text: string) => boolean,
): ValueKind {
  return {
    allowed,
    schema: array(pipe(string(), check(fits))),
    parse: (text) => text === "" ? [] : text.split(","),
  };
}

/** Names with a switch each: `{A: true}`, or `A=true,B=false` as a flag. */
export const SWITCHES: ValueKind = {
  allowed: "names with true or false each",
  schema: pipe(
    unknown(),
    // A list is a record of its places for the library.
    check((value) => !Array.isArray(value)),
    record(string(), boolean()),
  ),
  parse(text) {
    const result: Record<string, unknown> = {};
    for (const part of text.split(",").filter((item) => item !== "")) {
      const [name = "", value = ""] = part.split("=");
      const parsed = BOOLEAN.parse(value);
      if (name === "" || parsed === undefined) return undefined;
      result[name] = parsed;
    }
    return result;
  },
};

/** Anything; for parts that are for other modes and systems. */
export const ANYTHING: ValueKind = {
  allowed: "anything",
  schema: unknown(),
  parse: (text) => text,
};
