/** Where the last desired state is kept across boots: one file. */
export interface SnapshotStore {
  /** Name of the file, for messages. */
  readonly path: string;
  /** Its bytes, part by part; undefined: there is none. */
  read(): Promise<AsyncIterable<Uint8Array> | undefined>;
  /**
   * Replaces it as a whole: whatever happens, a reader finds the old one or
   * the new one.
   */
  write(parts: Iterable<Uint8Array>): Promise<void>;
}

/** Name of the snapshot in the state directory. */
export const SNAPSHOT_FILE = "snapshot";

/** A file of the host, for root alone; its folder is made when missing. */
export class HostSnapshotStore implements SnapshotStore {
  readonly #folder: string;

  /** `folder` is the state directory, such as "/var/lib/kube-proxy". */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Name of the file. */
  get path(): string {
    return `${this.#folder}/${SNAPSHOT_FILE}`;
  }

  /** Its bytes, part by part; undefined: there is none. */
  async read(): Promise<AsyncIterable<Uint8Array> | undefined> {
    try {
      return (await Deno.open(this.path)).readable;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  /** Writes a new file to the disk, then renames it over the old one. */
  async write(parts: Iterable<Uint8Array>): Promise<void> {
    await Deno.mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const fresh = `${this.path}.new`;
    await removeIfThere(fresh);
    try {
      await writeToDisk(fresh, parts);
      await Deno.rename(fresh, this.path);
    } catch (error) {
      await removeIfThere(fresh);
      throw error;
    }
    using folder = await Deno.open(this.#folder);
    await folder.sync();
  }
}

async function writeToDisk(
  path: string,
  parts: Iterable<Uint8Array>,
): Promise<void> {
  const options = { write: true, createNew: true, mode: 0o600 };
  using file = await Deno.open(path, options);
  for (const part of parts) {
    for (let at = 0; at < part.length;) {
      at += await file.write(part.subarray(at));
    }
  }
  await file.sync();
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
