import { parseCidr, parseIpAddress } from "#model";
import type { MarkRange } from "#plan";
import { parseDuration } from "./duration.ts";

/** What a configuration value may be, in the file and as a flag. */
export interface ValueKind {
  /** For messages: "a whole number from 0 to 31". */
  readonly allowed: string;
  /** Whether a value of the file is allowed. */
  check(value: unknown): boolean;
  /** Value of a flag's text; `undefined` when it cannot be read. */
  parse(text: string): unknown;
}

function textual(allowed: string, fits: (text: string) => boolean): ValueKind {
  return {
    allowed,
    check: (value) => typeof value === "string" && fits(value),
    parse: (text) => text,
  };
}

/** Any text. */
export const TEXT: ValueKind = textual("a text", () => true);

/** A text of which one of `names` is meant; the empty one where listed. */
export function choice(...names: readonly string[]): ValueKind {
  const shown = names.map((name) => name === "" ? '""' : name).join(", ");
  return textual(`one of ${shown}`, (text) => names.includes(text));
}

const TRUE = new Set(["1", "t", "T", "true", "TRUE", "True"]);
const FALSE = new Set(["0", "f", "F", "false", "FALSE", "False"]);

/** Yes or no; flags take Go's spellings. */
export const BOOLEAN: ValueKind = {
  allowed: "true or false",
  check: (value) => typeof value === "boolean",
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
    check: (value) =>
      Number.isInteger(value) && Number(value) >= min && Number(value) <= max,
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
  check: (value) => typeof value === "number" && Number.isFinite(value),
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
    check: (value) =>
      Array.isArray(value) &&
      value.every((item) => typeof item === "string" && fits(item)),
    parse: (text) => text === "" ? [] : text.split(","),
  };
}

/** Names with a switch each: `{A: true}`, or `A=true,B=false` as a flag. */
export const SWITCHES: ValueKind = {
  allowed: "names with true or false each",
  check: (value) =>
    typeof value === "object" && value !== null && !Array.isArray(value) &&
    Object.values(value).every((item) => typeof item === "boolean"),
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
  check: () => true,
  parse: (text) => text,
};
