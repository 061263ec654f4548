import type { RunDirectory } from "#agent";
import type {
  Argv,
  CommandOptions,
  CommandResult,
  CommandRunner,
} from "#apply";

/** What makes a command one that only reads, by program. */
const READS: readonly (readonly [program: RegExp, parameters: RegExp])[] = [
  [/^ip6?tables(-legacy|-nft)?-save$/, /^/],
  [/^ipvsadm$/, /(^| )(-L\w*|-l\w*|-S\w*|--list|--save|--version)( |$)/],
  [/^ipset$/, /^(list|save|--version)( |$)/],
  [/^ip$/, /(^| )(show|list|-V)( |$)|^-json addr$/],
  [/^nft$/, /^(--version|list tables)$/],
  [/^sysctl$/, /^(?!.*=)(-[en] |--version$|--all --pattern )(?!-)/],
  [/^lsmod$/, /^/],
  [/^modprobe$/, /(^| )(-n|--dry-run|--version)( |$)/],
  [/^conntrack$/, /(^| )(-L|-C|-S|--version)( |$)/],
];

/** Whether a command changes nothing; those not known count as changing. */
export function isReadOnly([program, ...parameters]: Argv): boolean {
  const text = parameters.join(" ");
  return READS.some(([name, allowed]) =>
    name.test(program) && allowed.test(text)
  );
}

/**
 * Lets commands that read through, and prints those that would change
 * something, with what they would be told.
 */
export class DryRunner implements CommandRunner {
  readonly #runner: CommandRunner;
  readonly #print: (line: string) => void;
  /** Whether changes are printed. */
  isPrinting = false;

  /** `runner` runs what reads; `print` gets one line at a time. */
  constructor(runner: CommandRunner, print: (line: string) => void) {
    this.#runner = runner;
    this.#print = print;
  }

  /** Runs what reads; prints the rest and says that it went well. */
  async run(argv: Argv, options?: CommandOptions): Promise<CommandResult> {
    if (isReadOnly(argv)) return await this.#runner.run(argv, options);
    const lines = (options?.stdin ?? "").split("\n").filter((line) =>
      line !== ""
    );
    if (this.isPrinting) {
      this.#print(`# ${argv.join(" ")}`);
      for (const line of lines) this.#print(line);
    }
    // sysctl(8) echoes what it wrote.
    const stdout = argv[0] === "sysctl" ? `${lines.join("\n")}\n` : "";
    return { code: 0, stdout, stderr: "" };
  }

  /** What others change is followed as ever. */
  lines(argv: Argv, signal: AbortSignal): AsyncIterable<string> {
    return this.#runner.lines(argv, signal);
  }
}

/** Shows what a run directory has, and keeps it as it is. */
export function readOnlyDirectory(directory: RunDirectory): RunDirectory {
  return {
    read: (name) => directory.read(name),
    append: () => Promise.resolve(),
    replace: () => Promise.resolve(),
    lock: () => Promise.resolve({ release: () => Promise.resolve() }),
  };
}
