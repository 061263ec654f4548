/**
 * Longest line of a watch and longest item of a list, in bytes. etcd refuses
 * objects above 1.5 MiB; their JSON is at most a few times that.
 */
export const MAX_LINE_BYTES = 8 * 1024 * 1024;

/** One line, or the length of one that was too long to keep. */
export type Line =
  | { readonly kind: "line"; readonly text: string }
  | {
    readonly kind: "too-long";
    readonly bytes: number;
    /** How it began, which is where an object's name stands. */
    readonly head?: string;
  };

/** So much of what is too long is kept, in bytes. */
const HEAD_BYTES = 1024;

const NEWLINE = 10;

/** Cuts bytes into lines, however they are chunked; bad UTF-8 becomes U+FFFD. */
export class LineSplitter {
  readonly #limit: number;
  readonly #decoder: TextDecoder = new TextDecoder();
  #parts: Uint8Array[] = [];
  #bytes = 0;

  /** `limit`: longest line kept, in bytes. */
  constructor(limit: number = MAX_LINE_BYTES) {
    this.#limit = limit;
  }

  /** Takes a chunk; gives the lines that it ends, without empty ones. */
  push(chunk: Uint8Array): Line[] {
    const lines: Line[] = [];
    let start = 0;
    for (
      let end = chunk.indexOf(NEWLINE);
      end >= 0;
      end = chunk.indexOf(NEWLINE, start)
    ) {
      this.#keep(chunk.subarray(start, end));
      this.#finish(lines);
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    return lines;
  }

  /** Bytes of the line that has not ended; above 0 at the end: a cut line. */
  get pendingBytes(): number {
    return this.#bytes;
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#bytes += part.length;
    if (this.#bytes <= this.#limit) this.#parts.push(part);
    else this.#parts = [headOf(this.#parts, part)];
  }

  #finish(lines: Line[]): void {
    const bytes = this.#bytes;
    const parts = this.#parts;
    this.#parts = [];
    this.#bytes = 0;
    if (bytes > this.#limit) {
      const head = this.#decoder.decode(parts[0]);
      lines.push({ kind: "too-long", bytes, head });
    }
    if (bytes === 0 || bytes > this.#limit) return;
    const text = this.#decoder.decode(
      parts.length === 1 ? parts[0] : concatenate(parts, bytes),
    );
    if (text.trim() !== "") lines.push({ kind: "line", text });
  }
}

/** The first bytes of what is too long to keep, in memory of their own. */
export function headOf(
  parts: readonly Uint8Array[],
  next: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const head: Uint8Array[] = [];
  let bytes = 0;
  for (const part of [...parts, next]) {
    head.push(part.subarray(0, HEAD_BYTES - bytes));
    bytes += head.at(-1)?.length ?? 0;
    if (bytes >= HEAD_BYTES) break;
  }
  return concatenate(head, bytes);
}

/** Puts parts together. */
export function concatenate(
  parts: readonly Uint8Array[],
  bytes: number,
): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(bytes);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
