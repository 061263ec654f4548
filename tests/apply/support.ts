import type {
  Argv,
  CommandOptions,
  CommandResult,
  CommandRunner,
} from "#apply";

/** One command as a driver asked for it. */
export interface Asked {
  readonly argv: string;
  readonly stdin: string | undefined;
}

/** A runner that gives prepared answers and remembers what was asked. */
export class ScriptedRunner implements CommandRunner {
  readonly asked: Asked[] = [];
  readonly #answers: (Partial<CommandResult> | Error)[];

  /** Answers, in order; one that is an error is thrown. */
  constructor(...answers: readonly (Partial<CommandResult> | Error)[]) {
    this.#answers = [...answers];
  }

  run(argv: Argv, options: CommandOptions = {}): Promise<CommandResult> {
    this.asked.push({ argv: argv.join(" "), stdin: options.stdin });
    const answer = this.#answers.shift();
    if (answer === undefined) throw new Error(`no answer to ${argv.join(" ")}`);
    if (answer instanceof Error) return Promise.reject(answer);
    return Promise.resolve({ code: 0, stdout: "", stderr: "", ...answer });
  }

  lines(argv: Argv): AsyncIterable<string> {
    throw new Error(`no lines for ${argv.join(" ")}`);
  }
}

/** Lines of a recording as the tool printed them. */
export function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}
