import type { CommandFlag, Surroundings } from "./command.ts";
import type { CommandLine } from "./command_line.ts";
import { choice, TEXT } from "./value_kinds.ts";

const FORMATS = ["table", "json", "yaml"] as const;

/** How a command's answer looks. */
export const OUTPUT_FLAG: CommandFlag = {
  flag: "output",
  short: "o",
  kind: choice(...FORMATS),
  meaning: "how the answer looks (default table)",
  values: FORMATS,
};

/** Where the agent is asked. */
export const RUN_DIR_FLAG: CommandFlag = {
  flag: "run-dir",
  kind: TEXT,
  meaning: "folder of the agent's socket (default /run/kube-proxy)",
};

/** The run directory that a command line names. */
export function runDirOf(line: Pick<CommandLine, "text">): string {
  return line.text("run-dir") ?? "/run/kube-proxy";
}

/** What came from an object or a tool may not command the terminal. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "?");
}

/** Prints an answer for people, or as JSON or YAML. */
export async function printAnswer(
  answer: unknown,
  human: () => readonly string[],
  { line, print }: Pick<Surroundings, "print"> & {
    readonly line: Pick<CommandLine, "text">;
  },
): Promise<void> {
  switch (line.text("output")) {
    case "json":
      return print(JSON.stringify(answer, undefined, 2));
    case "yaml": {
      const { stringify } = await import("yaml");
      return print(stringify(answer).trimEnd());
    }
    default:
      for (const text of human()) print(plain(text));
  }
}
