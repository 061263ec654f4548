/** An address as the fakes see it; independent of the code under test. */
export interface FakeAddress {
  readonly family: "inet" | "inet6";
  /** Hexadecimal of fixed width: sorts as the kernel's numbers do. */
  readonly sortKey: string;
  readonly text: string;
}

const cache = new Map<string, FakeAddress | undefined>();

/** Reads an address; undefined when inet_pton(3) would refuse it. */
export function readAddress(text: string): FakeAddress | undefined {
  if (!text.includes(":")) return isV4(text) ? new V4Address(text) : undefined;
  if (cache.has(text)) return cache.get(text);
  const address = readV6(text);
  if (cache.size > 500_000) cache.clear();
  cache.set(text, address);
  return address;
}

/** Most addresses are never sorted. */
class V4Address implements FakeAddress {
  readonly family = "inet";

  constructor(readonly text: string) {}

  get sortKey(): string {
    return this.text.split(".").map((byte) =>
      Number(byte).toString(16).padStart(2, "0")
    ).join("");
  }
}

const DOT = 46;

/** One character at a time: large tables are read in a blink. */
function isV4(text: string): boolean {
  let dots = 0;
  let digits = 0;
  let byte = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (digits === 0 || byte > 255) return false;
      dots++;
      digits = 0;
      byte = 0;
    } else if (code < 48 || code > 57) return false;
    else {
      digits++;
      byte = byte * 10 + code - 48;
    }
  }
  return dots === 3 && digits > 0 && byte <= 255;
}

function readV6(text: string): FakeAddress | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => half === "" ? [] : half.split(":"));
  const missing = 8 - (head?.length ?? 0) - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [
    ...head ?? [],
    ...Array.from({ length: missing }, () => "0"),
    ...tail ?? [],
  ];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) {
    return undefined;
  }
  const sortKey = groups.map((group) => group.padStart(4, "0")).join("")
    .toLowerCase();
  return { family: "inet6", sortKey, text: printV6(sortKey) };
}

/** Text as inet_ntop(3) prints it. */
function printV6(sortKey: string): string {
  const groups = sortKey.match(/.{4}/g)!.map((group) =>
    parseInt(group, 16).toString(16)
  );
  let best = { start: 0, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === "0") length++;
    if (length > best.length) best = { start, length };
  }
  if (best.length === 1) return groups.join(":");
  return groups.slice(0, best.start).join(":") + "::" +
    groups.slice(best.start + best.length).join(":");
}

/** A network with its host bits cleared; undefined when it is none. */
export function readNetwork(
  text: string,
): { readonly address: FakeAddress; readonly length: number } | undefined {
  const [host = "", suffix] = text.split("/");
  const address = readAddress(host);
  if (address === undefined) return undefined;
  const bits = address.family === "inet" ? 32 : 128;
  const length = suffix === undefined ? bits : Number(suffix);
  if (!Number.isInteger(length) || length < 0 || length > bits) {
    return undefined;
  }
  const masked = maskHex(address.sortKey, length);
  return { address: fromSortKey(address.family, masked), length };
}

function maskHex(hex: string, length: number): string {
  const bits = BigInt(hex.length * 4);
  const all = (1n << bits) - 1n;
  const mask = all ^ ((1n << (bits - BigInt(length))) - 1n);
  return (BigInt(`0x${hex}`) & mask).toString(16).padStart(hex.length, "0");
}

function fromSortKey(
  family: "inet" | "inet6",
  sortKey: string,
): FakeAddress {
  const text = family === "inet"
    ? sortKey.match(/../g)!.map((byte) => parseInt(byte, 16)).join(".")
    : printV6(sortKey);
  return { family, sortKey, text };
}
