import { concatenate, headOf, type Line, MAX_LINE_BYTES } from "./lines.ts";

/** Most bytes of a list beside its items; the rest is dropped. */
const MAX_FRAME_BYTES = 64 * 1024;

const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const COMMA = 44;

/**
 * Takes the items out of the JSON of a list as its bytes arrive, so that a
 * list of any size costs the memory of one item. What is left is the same
 * list with no items: its metadata.
 */
export class ItemSplitter {
  readonly #limit: number;
  readonly #decoder: TextDecoder = new TextDecoder();
  #depth = 0;
  #inText = false;
  #escaped = false;
  #inItems = false;
  #frame = "";
  #parts: Uint8Array[] = [];
  #bytes = 0;

  /** `limit`: longest item kept, in bytes. */
  constructor(limit: number = MAX_LINE_BYTES) {
    this.#limit = limit;
  }

  /** Takes a chunk; gives the items that it ends. */
  push(chunk: Uint8Array): Line[] {
    const items: Line[] = [];
    let start = 0;
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index] as number;
      if (this.#inText) {
        index = this.#skipText(chunk, index);
        continue;
      }
      if (byte === QUOTE) this.#inText = true;
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        this.#depth++;
        if (this.#depth === 2 && byte === OPEN_BRACKET) {
          this.#keep(chunk.subarray(start, index + 1));
          start = index + 1;
          this.#enterItems();
        }
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        this.#depth--;
        if (this.#inItems && this.#depth === 1) {
          this.#keep(chunk.subarray(start, index));
          start = index;
          this.#finishItem(items);
          this.#inItems = false;
        }
      } else if (byte === COMMA && this.#inItems && this.#depth === 2) {
        this.#keep(chunk.subarray(start, index));
        start = index + 1;
        this.#finishItem(items);
      }
    }
    this.#keep(chunk.subarray(start));
    return items;
  }

  /** Text of the list without its items; undefined: it ended too early. */
  frame(): string | undefined {
    this.#moveToFrame();
    return this.#depth === 0 && this.#frame !== "" ? this.#frame : undefined;
  }

  /** Gives the index of the last byte of the string, or of the chunk. */
  #skipText(chunk: Uint8Array, from: number): number {
    for (let index = from; index < chunk.length; index++) {
      const byte = chunk[index];
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) {
        this.#inText = false;
        return index;
      }
    }
    return chunk.length;
  }

  #enterItems(): void {
    this.#moveToFrame();
    this.#inItems = /"items"\s*:\s*\[$/.test(this.#frame);
  }

  #moveToFrame(): void {
    const text = this.#take();
    if (this.#frame.length + text.length <= MAX_FRAME_BYTES) {
      this.#frame += text;
    }
  }

  #finishItem(items: Line[]): void {
    const bytes = this.#bytes;
    if (bytes > this.#limit) {
      const head = this.#decoder.decode(this.#parts[0]);
      this.#take();
      items.push({ kind: "too-long", bytes, head });
      return;
    }
    const text = this.#take();
    if (text.trim() !== "") items.push({ kind: "line", text });
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#bytes += part.length;
    if (this.#bytes <= this.#limit) this.#parts.push(part);
    else this.#parts = [headOf(this.#parts, part)];
  }

  #take(): string {
    const parts = this.#parts;
    const bytes = this.#bytes;
    this.#parts = [];
    this.#bytes = 0;
    if (bytes > this.#limit || bytes === 0) return "";
    return this.#decoder.decode(concatenate(parts, bytes));
  }
}
