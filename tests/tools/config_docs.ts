/**
 * Writes the tables of `docs/configuration.md` from the program's own:
 * `deno run --allow-read --allow-write=docs tests/tools/config_docs.ts`.
 *
 * @module
 */
import { BETTER_DEFAULTS } from "../../mod/cli/defaults.ts";
import { type Field, FIELDS, type Reload } from "../../mod/cli/fields.ts";
import { RUN_FLAGS } from "../../mod/cli/run_flags.ts";

/** The page, of which the parts between marks are made. */
export const PAGE: URL = new URL(
  "../../docs/configuration.md",
  import.meta.url,
);

const RELOADS: Readonly<Record<Reload, string>> = {
  logs: "in place",
  kernel: "in place; kernel settings are written",
  plans: "in place; Services are planned anew",
  pace: "in place",
  restart: "by another start",
};

function table(head: readonly string[], rows: readonly string[][]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join(
    "\n",
  );
}

function code(text: string): string {
  return text === "" ? "" : `\`${text}\``;
}

function nameOf({ flag }: { readonly flag?: string | undefined }): string {
  if (flag === undefined) return "";
  return code(flag.length === 1 ? `-${flag}` : `--${flag}`);
}

function defaultOf({ path, initial }: Field): string {
  const better = BETTER_DEFAULTS.find((one) => one.path === path);
  const text = better?.words ??
    (typeof initial === "string" ? initial : JSON.stringify(initial));
  return better === undefined ? code(text) : text;
}

/** The made parts by name. */
export function parts(): ReadonlyMap<string, string> {
  const honoured = FIELDS.filter(({ use }) => use === "honoured");
  const ignored = FIELDS.filter(({ use }) => use === "ignored");
  return new Map([
    [
      "honoured",
      table(
        ["field", "flag", "default", "what it does", "when it changes"],
        honoured.map((field) => [
          code(field.path),
          nameOf(field),
          defaultOf(field),
          `${field.meaning}: ${field.kind.allowed}`,
          RELOADS[field.reload],
        ]),
      ),
    ],
    [
      "ignored",
      table(
        ["field", "flag", "why it has no effect"],
        ignored.map((field) => [
          code(field.path),
          nameOf(field),
          field.meaning,
        ]),
      ),
    ],
    [
      "flags",
      table(
        ["flag", "what it does"],
        RUN_FLAGS.map((flag) => [
          nameOf(flag),
          flag.refused === undefined
            ? flag.meaning
            : `refused: ${flag.refused}`,
        ]),
      ),
    ],
    [
      "defaults",
      table(
        ["field", "here", "kube-proxy", "why"],
        BETTER_DEFAULTS.map(({ path, words, theirs, why }) => [
          code(path),
          words,
          theirs,
          why,
        ]),
      ),
    ],
  ]);
}

/** The page with its made parts as they must be. */
export function withParts(page: string): string {
  let text = page;
  for (const [name, made] of parts()) {
    const from = `<!-- made: ${name} -->\n`;
    const to = `\n<!-- end: ${name} -->`;
    const start = text.indexOf(from);
    const end = text.indexOf(to);
    if (start < 0 || end < start) throw new Error(`Cannot find ${from.trim()}`);
    text = `${text.slice(0, start + from.length)}\n${made}\n${text.slice(end)}`;
  }
  return text;
}

if (import.meta.main) {
  await Deno.writeTextFile(PAGE, withParts(await Deno.readTextFile(PAGE)));
}
