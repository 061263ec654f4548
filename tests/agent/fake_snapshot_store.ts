import type { SnapshotStore } from "../../mod/agent/mod.ts";

/** A snapshot file in memory, whose disk can be full. */
export class FakeSnapshotStore implements SnapshotStore {
  readonly path = "/var/lib/kube-proxy/snapshot";
  /** The file; undefined: there is none. */
  text: string | undefined;
  /** Whether writing fails, as on a full disk. */
  isFull = false;
  /** How often it was written, or tried to. */
  writes = 0;
  /** Most bytes that were handed over at once. */
  largestPart = 0;

  async read(): Promise<AsyncIterable<Uint8Array> | undefined> {
    await Promise.resolve();
    if (this.text === undefined) return undefined;
    return inParts(new TextEncoder().encode(this.text), 7);
  }

  async write(parts: Iterable<Uint8Array>): Promise<void> {
    this.writes++;
    const decoder = new TextDecoder();
    let text = "";
    for (const part of parts) {
      this.largestPart = Math.max(this.largestPart, part.length);
      text += decoder.decode(part, { stream: true });
      await Promise.resolve();
    }
    if (this.isFull) throw new Error("No space left on device (os error 28)");
    this.text = text;
  }
}

/** Cut without regard to lines and characters. */
async function* inParts(
  bytes: Uint8Array,
  size: number,
): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.subarray(at, at + size);
  }
}
