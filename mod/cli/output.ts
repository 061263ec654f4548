import { stringify } from "yaml";
import type { CommandFlag } from "./command.ts";
import { choice } from "./value_kinds.ts";

/** Forms that a machine reads. */
const FORMS = ["json", "yaml"] as const;

/** The flag of commands whose answer machines may read. */
export const OUTPUT_FLAG: CommandFlag = {
  flag: "output",
  short: "o",
  kind: choice(...FORMS),
  meaning: "print the answer for a machine",
  values: FORMS,
};

/** An answer in the form that was asked for; lines where none was. */
export function formatAnswer(
  answer: unknown,
  form: unknown,
  lines: readonly string[],
): readonly string[] {
  if (form === "json") return [JSON.stringify(answer, undefined, 2)];
  if (form === "yaml") return [stringify(answer).trimEnd()];
  return lines;
}
