import { nonEmptyLines } from "./run_command.ts";
import type {
  Argv,
  CommandOptions,
  CommandResult,
  CommandRunner,
} from "./types.ts";

/** A command that has ended. */
export interface MeasuredRun {
  /** Program and its parameters. */
  readonly argv: Argv;
  /** How long it took, ms. */
  readonly durationMs: number;
  /** Lines that it was sent; 0: it was no batch. */
  readonly lines: number;
  /** What it said; undefined: it could not be run. */
  readonly result: CommandResult | undefined;
}

/** Tells of every command that a runner has run. */
export class MeasuredRunner implements CommandRunner {
  readonly #runner: CommandRunner;
  readonly #monotonicMs: () => number;
  /** Is told; may not throw. */
  told: ((run: MeasuredRun) => void) | undefined;

  /** `monotonicMs` never goes back, ms. */
  constructor(runner: CommandRunner, monotonicMs: () => number) {
    this.#runner = runner;
    this.#monotonicMs = monotonicMs;
  }

  /** Runs a command and tells of it. */
  async run(argv: Argv, options?: CommandOptions): Promise<CommandResult> {
    const startMs = this.#monotonicMs();
    let result: CommandResult | undefined;
    try {
      result = await this.#runner.run(argv, options);
      return result;
    } finally {
      this.told?.({
        argv,
        durationMs: this.#monotonicMs() - startMs,
        lines: countLines(options?.stdin ?? ""),
        result,
      });
    }
  }

  /** What does not end by itself is not measured. */
  lines(argv: Argv, signal: AbortSignal): AsyncIterable<string> {
    return this.#runner.lines(argv, signal);
  }
}

function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
    lines++;
  }
  return lines;
}

/**
 * How many lines of a batch were refused, as far as its tool tells: ipvsadm
 * goes on and says a sentence for each, ip names each, the others stop at the
 * first.
 */
export function countRefused({ argv: [program], result }: MeasuredRun): number {
  if (result === undefined) return 0;
  const said = nonEmptyLines(result.stderr);
  const named = program === "ipvsadm"
    ? said.filter((line) =>
      !/^(Warning: |ipvsadm .*requires|Kernel )/.test(line)
    )
    : said.filter((line) => /^Command failed -:\d+$/.test(line));
  return Math.max(named.length, result.code === 0 ? 0 : 1);
}
