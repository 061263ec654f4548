import type { RunDirectory } from "../../mod/agent/run_directory.ts";

/** A run directory in memory, whose disk can be full. */
export class FakeRunDirectory implements RunDirectory {
  /** Files by name; a test may look, edit and delete. */
  readonly files: Map<string, string> = new Map();
  /** Whether writing fails, as on a full disk. */
  isFull = false;
  readonly #locked = new Set<string>();

  async read(name: string): Promise<string | undefined> {
    await Promise.resolve();
    return this.files.get(name);
  }

  async append(name: string, text: string): Promise<void> {
    await Promise.resolve();
    this.#write(name, (this.files.get(name) ?? "") + text);
  }

  async replace(name: string, text: string): Promise<void> {
    await Promise.resolve();
    this.#write(name, text);
  }

  async lock(
    name: string,
  ): Promise<{ release(): Promise<void> } | undefined> {
    await Promise.resolve();
    if (this.#locked.has(name)) return undefined;
    this.#locked.add(name);
    return {
      release: async () => {
        await Promise.resolve();
        this.#locked.delete(name);
      },
    };
  }

  async clear(names: readonly string[]): Promise<void> {
    await Promise.resolve();
    for (const name of names) this.files.delete(name);
  }

  /** The process that held locks was killed. */
  breakLocks(): void {
    this.#locked.clear();
  }

  #write(name: string, text: string): void {
    if (this.isFull) throw new Error("No space left on device (os error 28)");
    this.files.set(name, text);
  }
}
