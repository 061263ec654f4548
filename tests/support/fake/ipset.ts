import { type Answer, fails, says } from "./misuse.ts";
import { Restore } from "./ipset_restore.ts";
import { type FakeSet, NO_SET, saveText } from "./ipset_state.ts";

/** ipset 7.17 over a table of sets. */
export class FakeIpset {
  /** The kernel's sets; tests may edit them as a foreigner would. */
  readonly sets = new Map<string, FakeSet>();
  readonly #isReferenced: (name: string) => boolean;

  /** `isReferenced`: whether a rule names the set. */
  constructor(isReferenced: (name: string) => boolean) {
    this.#isReferenced = isReferenced;
  }

  run(parameters: readonly string[], stdin: string): Answer {
    const exist = parameters.some((word) => word === "-exist" || word === "-!");
    const words = parameters.filter((word) =>
      word !== "-exist" && word !== "-!"
    );
    const [command = "", name] = words;
    if (command === "restore" && words.length === 1) {
      return new Restore(this, exist).run(stdin);
    }
    if (command === "save" && words.length <= 2) return this.#save(name);
    if (/^list -n(ame)?$/.test(words.join(" "))) {
      return says([...this.sets.keys()].map((set) => `${set}\n`).join(""));
    }
    return new Restore(this, exist).single(words);
  }

  /** All sets as `ipset save` prints them. */
  dump(): string {
    return [...this.sets.values()].map(saveText).join("");
  }

  /** Applies lines as an administrator would type them; throws if refused. */
  edit(...lines: readonly string[]): void {
    const answer = this.run(["restore", "-exist"], lines.join("\n"));
    if (answer.code !== 0) throw new Error(answer.stderr);
  }

  isReferenced(name: string): boolean {
    return this.#isReferenced(name);
  }

  #save(name: string | undefined): Answer {
    if (name === undefined) return says(this.dump());
    const set = this.sets.get(name);
    if (set === undefined) return fails(1, `ipset v7.17: ${NO_SET}\n`);
    return says(saveText(set));
  }
}
