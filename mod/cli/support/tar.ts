const BLOCK = 512;

/** A file of an archive. */
export interface TarFile {
  /** Path in it, at most 100 ASCII characters. */
  readonly path: string;
  /** Its text. */
  readonly text: string;
}

/** Files as a tar archive (POSIX ustar), readable by their owner alone. */
export function tarArchive(
  files: readonly TarFile[],
  mtimeSeconds: number,
): Uint8Array {
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [];
  for (const { path, text } of files) {
    const content = encoder.encode(text);
    parts.push(header(path, content.length, mtimeSeconds), content);
    parts.push(new Uint8Array((BLOCK - content.length % BLOCK) % BLOCK));
  }
  parts.push(new Uint8Array(2 * BLOCK));
  return concatenate(parts);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function octal(value: number, width: number): string {
  return `${Math.floor(value).toString(8).padStart(width - 1, "0")}\0`;
}

function header(path: string, size: number, mtimeSeconds: number): Uint8Array {
  if (path.length > 100) {
    throw new RangeError(`Cannot archive ${path}: too long`);
  }
  const before = path.padEnd(100, "\0") + octal(0o600, 8) + octal(0, 8) +
    octal(0, 8) + octal(size, 12) + octal(mtimeSeconds, 12);
  const after = `0${"\0".repeat(100)}ustar\0${"00"}root`.padEnd(
    BLOCK - 156,
    "\0",
  );
  const blank = `${before}${" ".repeat(8)}${after}`;
  const sum = new TextEncoder().encode(blank)
    .reduce((total, byte) => total + byte, 0);
  const checksum = `${sum.toString(8).padStart(6, "0")}\0 `;
  return new TextEncoder().encode(`${before}${checksum}${after}`);
}

/** Bytes, compressed as gzip(1) does. */
export async function gzip(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as BlobPart]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
