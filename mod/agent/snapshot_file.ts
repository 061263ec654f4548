import type { ClusterModel } from "#model";
import { Crc32 } from "./crc32.ts";
import {
  formatHeader,
  parseHeader,
  parseSnapshotLine,
  SNAPSHOT_VERSION,
  type SnapshotHeader,
  snapshotLines,
} from "./snapshot_text.ts";
import type { SnapshotStore } from "./snapshot_store.ts";
import type { SourceEvent } from "./sources.ts";

/** Lines are written together until they are so long, characters. */
const PART_LENGTH = 65_536;
/** A longer file is neither written nor read, bytes. */
export const MAX_SNAPSHOT_BYTES = 134_217_728;
const END = /^end (\d+) ([0-9a-f]{8})$/;
const ENCODER = new TextEncoder();

/** Writes what is known; gives the bytes that it took. */
export async function writeSnapshot(
  store: SnapshotStore,
  model: ClusterModel,
  { header, maxBytes = MAX_SNAPSHOT_BYTES }: {
    readonly header: SnapshotHeader;
    readonly maxBytes?: number;
  },
): Promise<number> {
  let bytes = 0;
  function* bounded(): Generator<Uint8Array> {
    for (const part of toParts(formatHeader(header), snapshotLines(model))) {
      bytes += part.length;
      if (bytes > maxBytes) {
        throw new Error(`it would have more than ${maxBytes} bytes`);
      }
      yield part;
    }
  }
  await store.write(bounded());
  return bytes;
}

/** The file in parts, with its sum at the end. */
function* toParts(
  header: string,
  lines: Iterable<string>,
): Generator<Uint8Array> {
  const crc = new Crc32();
  let text = `${header}\n`;
  let count = 0;
  for (const line of lines) {
    text += `${line}\n`;
    count++;
    if (text.length < PART_LENGTH) continue;
    const part = ENCODER.encode(text);
    crc.update(part);
    yield part;
    text = "";
  }
  const part = ENCODER.encode(text);
  yield part;
  yield ENCODER.encode(`end ${count} ${crc.update(part).text}\n`);
}

/** What a file was found to be. */
export type SnapshotCheck =
  | { readonly kind: "none" }
  | { readonly kind: "bad"; readonly reason: string }
  | { readonly kind: "good"; readonly header: SnapshotHeader };

/** Reads the file to its end and holds it against its sum. */
export async function checkSnapshot(
  store: SnapshotStore,
): Promise<SnapshotCheck> {
  const parts = await store.read();
  if (parts === undefined) return { kind: "none" };
  const crc = new Crc32();
  let first: string | undefined;
  let last: string | undefined;
  let count = -1;
  for await (const line of linesOf(parts)) {
    if (first === undefined) {
      first = line;
      // Another version need not have our sum at its end.
      if (parseHeader(first) === undefined) break;
    }
    if (last !== undefined) {
      crc.update(ENCODER.encode(`${last}\n`));
      count++;
    }
    last = line;
  }
  const header = parseHeader(first ?? "");
  if (header === undefined) {
    const reason = `its first line does not begin with "${SNAPSHOT_VERSION}"`;
    return { kind: "bad", reason };
  }
  const [, lines, sum] = END.exec(last ?? "") ?? [];
  return sum === crc.text && Number(lines) === count
    ? { kind: "good", header }
    : { kind: "bad", reason: "it is torn or damaged: its sum is not right" };
}

/** Objects of a file that has been checked, one by one. */
export async function* readSnapshot(
  store: SnapshotStore,
): AsyncGenerator<SourceEvent> {
  const parts = await store.read();
  if (parts === undefined) return;
  for await (const line of linesOf(parts)) {
    const event = parseSnapshotLine(line);
    if (event !== undefined) yield event;
  }
}

/**
 * Lines that end with a line feed; what follows the last one is a line too.
 *
 * @throws {Error} when the bytes are more than any snapshot has
 */
async function* linesOf(
  parts: AsyncIterable<Uint8Array>,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let bytes = 0;
  let rest = "";
  for await (const part of parts) {
    bytes += part.length;
    if (bytes > MAX_SNAPSHOT_BYTES) {
      throw new Error(`it has more than ${MAX_SNAPSHOT_BYTES} bytes`);
    }
    const lines = (rest + decoder.decode(part, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
