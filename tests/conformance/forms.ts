/**
 * The same case in IPv4, IPv6 and dual-stack form. Cases are written with
 * IPv4 addresses; the IPv6 form of 10.1.2.3 is fd00::a01:203, that of
 * 10.0.0.0/8 is fd00::a00:0/104.
 */

/** In which form a case is run. */
export type Form = "ipv4" | "ipv6" | "dual";

const ADDRESS = /(?<![\d.])(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?![\d.])/;
const NETWORK = new RegExp(`${ADDRESS.source}/(\\d{1,2})`, "g");
const SOCKET = new RegExp(`${ADDRESS.source}:(\\d+)`, "g");
const BARE = new RegExp(ADDRESS.source, "g");

function toIpv6(octets: readonly string[]): string {
  if (octets[0] === "127") return "::1";
  const [a = 0, b = 0, c = 0, d = 0] = octets.map(Number);
  const groups = [a * 256 + b, c * 256 + d];
  return `fd00::${groups.map((group) => group.toString(16)).join(":")}`;
}

/** The IPv6 form of text that names IPv4 addresses and networks. */
export function textToIpv6(text: string): string {
  return text
    .replaceAll(NETWORK, (_match, ...parts) => {
      const length = Number(parts[4]);
      if (length === 0) return "::/0";
      return parts[0] === "127"
        ? "::1/128"
        : `${toIpv6(parts.slice(0, 4))}/${length + 96}`;
    })
    .replaceAll(
      SOCKET,
      (_match, ...parts) => `[${toIpv6(parts.slice(0, 4))}]:${parts[4]}`,
    )
    .replaceAll(BARE, (_match, ...parts) => toIpv6(parts.slice(0, 4)))
    .replaceAll(/\bIPv4\b/g, "IPv6")
    .replaceAll(/(^|\s)(-f \d+)(?!.*-6)/gm, "$1$2 -6");
}

/** The IPv6 form of everything in a value. */
export function toIpv6Form<Value>(value: Value): Value {
  return convert(value) as Value;
}

function convert(value: unknown): unknown {
  if (typeof value === "string") return textToIpv6(value);
  if (Array.isArray(value)) return value.map(convert);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map((
      [key, item],
    ) => [textToIpv6(key), convert(item)]),
  );
}

/** Both forms of a value in one: lists and texts one after the other. */
export function join(a: unknown, b: unknown): unknown {
  if (Array.isArray(a) && Array.isArray(b)) {
    return [...new Map([...a, ...b].map((v) => [JSON.stringify(v), v]))
      .values()];
  }
  if (typeof a !== "object" || typeof b !== "object" || !a || !b) return a;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  return Object.fromEntries(
    [...keys].map((key) => [
      key,
      key in left && key in right
        ? join(left[key], right[key])
        : left[key] ?? right[key],
    ]),
  );
}
