import type { CommandResult } from "../../mod/apply/mod.ts";
import type { FakeCall } from "../support/fake_host.ts";

/**
 * Virtual servers that a failed batch was to make, until the agent has listed
 * them. Whoever alters one of them in that time makes it look like another's.
 */
export class Unread {
  readonly #keys = new Set<string>();

  /** A tool was called. */
  note({ argv, stdin }: FakeCall, { code, stderr }: CommandResult): void {
    const [program, verb, , ...key] = argv;
    if (program !== "ipvsadm") return;
    if (verb === "--restore" && (code !== 0 || stderr !== "")) {
      for (const [, made = ""] of stdin.matchAll(/^-A (.*?) -s /gm)) {
        this.#keys.add(made);
      }
    } else if (verb === "-Ln" && code === 0) {
      if (key.length === 0) this.#keys.clear();
      else this.#keys.delete(key.join(" "));
    }
  }

  /** A new agent goes by the record. */
  forget(): void {
    this.#keys.clear();
  }

  /** Whether nobody has listed it since. */
  has(key: string): boolean {
    return this.#keys.has(key);
  }
}
