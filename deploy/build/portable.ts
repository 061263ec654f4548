import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { Architecture } from "./arguments.ts";

/** What goes into a self-extracting file. */
export interface PortableParts {
  /** The script that begins it, with names in "@" to be filled in. */
  readonly header: string;
  /** Deno's executable. */
  readonly runtime: Uint8Array;
  /** The program's bundle. */
  readonly program: Uint8Array;
  /** Flags of `deno run`. */
  readonly flags: readonly string[];
  /** Version of the program. */
  readonly version: string;
  /** Commit of the program. */
  readonly commit: string;
  /** For which machines. */
  readonly architecture: Architecture;
  /** Packs fast and not small. */
  readonly isQuick?: boolean;
}

/** SHA-256 in hexadecimal digits. */
export function sha256(...parts: readonly (Uint8Array | string)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

/** Same bytes on every machine: no time, no name. */
function pack(bytes: Uint8Array, level: number): Uint8Array {
  return new Uint8Array(gzipSync(bytes, { level }));
}

/** Fills in the names of a header; its length may depend on what is put in. */
export function fillHeader(
  header: string,
  values: Readonly<Record<string, string>>,
): string {
  return header.replace(/@([A-Z_]+)@/g, (_, name: string) => {
    const value = values[name];
    if (value !== undefined) return value;
    throw new Error(`Cannot fill in the header: it asks for ${name}`);
  });
}

/** Makes a self-extracting file. */
export function makePortable(parts: PortableParts): Uint8Array {
  const { header, runtime, program, flags, version, commit } = parts;
  const level = parts.isQuick ? 0 : 9;
  const packed = {
    runtime: pack(runtime, level),
    program: pack(program, level),
  };
  const content = {
    VERSION: version,
    COMMIT: commit,
    ARCH: parts.architecture,
    FLAGS: flags.join(" "),
    HASH: sha256(runtime, program).slice(0, 32),
    RUNTIME_SIZE: `${runtime.length}`,
    RUNTIME_SUM: sha256(runtime),
    RUNTIME_PACKED: `${packed.runtime.length}`,
    PROGRAM_SIZE: `${program.length}`,
    PROGRAM_SUM: sha256(program),
    PROGRAM_PACKED: `${packed.program.length}`,
  };
  const script = place(header, content, packed.runtime.length);
  return concat([script, packed.runtime, packed.program]);
}

/** Where a part begins depends on the header's length, which says so itself. */
function place(
  header: string,
  content: Readonly<Record<string, string>>,
  runtimeBytes: number,
): Uint8Array {
  const encoder = new TextEncoder();
  let script = new Uint8Array();
  for (let turn = 0; turn < 4; turn++) {
    const first = script.length + 1; // tail counts from 1
    script = encoder.encode(fillHeader(header, {
      ...content,
      RUNTIME_AT: `${first}`.padStart(9, "0"),
      PROGRAM_AT: `${first + runtimeBytes}`.padStart(9, "0"),
    }));
  }
  return script;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
