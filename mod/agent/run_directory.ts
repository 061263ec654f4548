/** Where the agent keeps what must outlive it, until the next boot. */
export interface RunDirectory {
  /** Text of a file; undefined when there is none. */
  read(name: string): Promise<string | undefined>;
  /** Adds to the end of a file; makes it when there is none. */
  append(name: string, text: string): Promise<void>;
  /** Replaces a file as a whole, so that a reader sees the old or the new. */
  replace(name: string, text: string): Promise<void>;
  /**
   * Takes a lock that lasts until `release` or the end of the process;
   * undefined when another process has it.
   */
  lock(name: string): Promise<{ release(): Promise<void> } | undefined>;
}

/** A folder that holds something, or is a mount, is left. */
async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    const isExpected = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.Busy ||
      (error instanceof Error && "code" in error && error.code === "ENOTEMPTY");
    if (!isExpected) throw error;
  }
}

/** A folder of the host, made when it is missing. */
export class HostRunDirectory implements RunDirectory {
  readonly #path: string;

  /** `path` is the folder, such as "/run/kube-proxy". */
  constructor(path: string) {
    this.#path = path;
  }

  /** Text of a file; undefined when there is none. */
  async read(name: string): Promise<string | undefined> {
    try {
      return await Deno.readTextFile(this.#file(name));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  /** Adds to the end of a file; makes it when there is none. */
  async append(name: string, text: string): Promise<void> {
    await this.#make();
    await Deno.writeTextFile(this.#file(name), text, { append: true });
  }

  /** Replaces a file by renaming a new one over it. */
  async replace(name: string, text: string): Promise<void> {
    await this.#make();
    const fresh = this.#file(`${name}.new`);
    await Deno.writeTextFile(fresh, text);
    await Deno.rename(fresh, this.#file(name));
  }

  /** Takes an advisory lock on a file. */
  async lock(
    name: string,
  ): Promise<{ release(): Promise<void> } | undefined> {
    await this.#make();
    const file = await Deno.open(this.#file(name), {
      create: true,
      write: true,
    });
    const exclusive = true;
    if (!await file.tryLock(exclusive)) {
      file.close();
      return undefined;
    }
    return {
      release: async () => {
        await file.unlock();
        file.close();
      },
    };
  }

  /** Deletes files that are there, and the folder when nothing is left. */
  async clear(names: readonly string[]): Promise<void> {
    for (const name of names) await removeIfThere(this.#file(name));
    await removeIfThere(this.#path);
  }

  async #make(): Promise<void> {
    await Deno.mkdir(this.#path, { recursive: true, mode: 0o700 });
  }

  #file(name: string): string {
    return `${this.#path}/${name}`;
  }
}
