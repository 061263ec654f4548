/**
 * The little of DER that certificates are written in.
 *
 * @module
 */

function length(size: number): readonly number[] {
  if (size < 128) return [size];
  const bytes: number[] = [];
  for (let rest = size; rest > 0; rest = Math.floor(rest / 256)) {
    bytes.unshift(rest % 256);
  }
  return [0x80 | bytes.length, ...bytes];
}

/** A value with its tag and length. */
export function der(
  tag: number,
  ...contents: readonly Uint8Array[]
): Uint8Array {
  const size = contents.reduce((sum, part) => sum + part.length, 0);
  const head = [tag, ...length(size)];
  const result = new Uint8Array(head.length + size);
  result.set(head);
  let offset = head.length;
  for (const part of contents) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
}

/** A sequence. */
export function sequence(...contents: readonly Uint8Array[]): Uint8Array {
  return der(0x30, ...contents);
}

/** A set. */
export function set(...contents: readonly Uint8Array[]): Uint8Array {
  return der(0x31, ...contents);
}

/** A whole number, from its big-endian bytes. */
export function integer(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const rest = bytes.subarray(start);
  const isNegative = (rest[0] ?? 0) >= 0x80;
  return isNegative ? der(2, new Uint8Array([0]), rest) : der(2, rest);
}

/** An object identifier, such as "2.5.4.3". */
export function oid(text: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const groups = [part & 0x7f];
    for (let value = part >>> 7; value > 0; value >>>= 7) {
      groups.unshift((value & 0x7f) | 0x80);
    }
    bytes.push(...groups);
  }
  return der(6, new Uint8Array(bytes));
}

/** Text. */
export function utf8(text: string): Uint8Array {
  return der(0x0c, new TextEncoder().encode(text));
}

/** A point in time. */
export function time(ms: number): Uint8Array {
  const text = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, "");
  // Years before 2050 have two digits (RFC 5280, 4.1.2.5).
  const isShort = text < "2050";
  const bytes = new TextEncoder().encode(isShort ? text.slice(2) : text);
  return der(isShort ? 0x17 : 0x18, bytes);
}

/** A string of bits, whole bytes of them. */
export function bitString(bytes: Uint8Array): Uint8Array {
  return der(3, new Uint8Array([0]), bytes);
}

/** A string of bytes. */
export function octets(bytes: Uint8Array): Uint8Array {
  return der(4, bytes);
}

/** A truth value that is true. */
export function yes(): Uint8Array {
  return der(1, new Uint8Array([0xff]));
}

/** Bytes as PEM. */
export function pem(label: string, bytes: Uint8Array): string {
  const lines = bytes.toBase64().match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${
    lines.join("\n")
  }\n-----END ${label}-----\n`;
}
