/**
 * The style that a machine can check. Each rule takes one file and gives its
 * offences, with what to do instead.
 *
 * @module
 */

/** A file of the project. */
export interface SourceFile {
  /** Path from the project's top: "mod/plan/rules.ts". */
  readonly path: string;
  /** Its text. */
  readonly text: string;
}

/** Gives what is wrong with a file, one sentence each. */
export type Rule = (file: SourceFile) => readonly string[];

/** The stages from left to right: each imports only those to its left. */
export const STAGES: readonly string[] = [
  "watch",
  "model",
  "plan",
  "diff",
  "apply",
  "agent",
  "observe",
  "cli",
];
const PURE = /^mod\/(model|plan|diff)\//;
const IS_CODE = /^(main|mod\/.*|deploy\/.*|tests\/.*)\.ts$|^main\.ts$/;
const FILE_LINES = 300;
const FUNCTION_LINES = 60;

/** Code without comments; strings too go when asked. */
export function stripComments(text: string): string {
  return text.replace(
    /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|\/\*[^]*?\*\/|\/\/[^\n]*/g,
    (match, quoted) => quoted ?? match.replace(/[^\n]/g, " "),
  );
}

function stripStrings(text: string): string {
  return stripComments(text).replace(
    /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g,
    '""',
  );
}

function stageOf(path: string): string | undefined {
  const stage = /^mod\/(\w+)\//.exec(path)?.[1];
  return stage !== undefined && STAGES.includes(stage) ? stage : undefined;
}

/** Whether a path from a file of a stage leads out of that stage. */
function leavesStage(path: string, from: string): boolean {
  const folder = path.split("/").slice(0, -1);
  const up = from.split("/").filter((part) => part === "..").length;
  if (from.endsWith("/deno.json")) return false;
  return folder.length - up < 2;
}

/** A stage imports only stages to its left, and by their aliases. */
export function layers({ path, text }: SourceFile): readonly string[] {
  const stage = stageOf(path);
  if (stage === undefined) return [];
  const errors: string[] = [];
  for (
    const [, from = ""] of stripComments(text).matchAll(
      /(?:from|import)\s*\(?\s*"([^"]+)"/g,
    )
  ) {
    const other = /^#(\w+)$/.exec(from)?.[1];
    if (other !== undefined && STAGES.indexOf(other) >= STAGES.indexOf(stage)) {
      errors.push(`${stage} imports #${other}: data moves to the right only`);
    }
    if (from.startsWith("../") && leavesStage(path, from)) {
      errors.push(`imports ${from}: name the stage by its alias, as in #model`);
    }
  }
  return errors;
}

const IMPURE: readonly (readonly [word: string, instead: string])[] = [
  ["Deno.", "mod/apply is the door to the host"],
  ["Date.now", "take nowMs as an argument"],
  ["performance.", "take nowMs as an argument"],
  ["Math.random", "take a random number as an argument"],
  ["setTimeout", "the agent owns time"],
  ["fetch(", "mod/watch talks to the API"],
  ["console.", "give a Rejection or throw"],
  ["async ", "pure stages wait for nothing"],
];

/** Pure stages touch neither host nor clock nor chance. */
export function purity({ path, text }: SourceFile): readonly string[] {
  if (!PURE.test(path)) return [];
  const code = stripStrings(text);
  return IMPURE.filter(([word]) =>
    new RegExp(`(?<![\\w.])${word.replace(/[.(]/g, "\\$&")}`).test(code)
  ).map(([word, instead]) => `"${word}" in a pure stage: ${instead}`);
}

/** Files stay short. */
export function fileLength({ path, text }: SourceFile): readonly string[] {
  const lines = text.trimEnd().split("\n").length;
  if (!IS_CODE.test(path) || lines <= FILE_LINES) return [];
  return [`${lines} lines: split it, ${FILE_LINES} is the limit`];
}

const FUNCTION_START =
  /^(?<indent> *)(?:export )?(?:(?:async )?function\*? ?\w*[<(]|(?:static |override |async |get |set |\*)*#?(?!(?:if|for|while|switch|catch|return|await|throw|new|super|Deno|it|using)\b)\w+(?:<[^>]*>)?\((?!.*[;,)]$))/;

/** Functions and methods stay short. Relies on the layout of `deno fmt`. */
export function functionLength({ path, text }: SourceFile): readonly string[] {
  if (!IS_CODE.test(path)) return [];
  const errors: string[] = [];
  const lines = text.split("\n");
  lines.forEach((line, start) => {
    const indent = FUNCTION_START.exec(line)?.groups?.indent;
    if (indent === undefined) return;
    const end = lines.findIndex((other, index) =>
      index > start && other.startsWith(`${indent}}`) ||
      index > start && other.startsWith(`${indent})`) && !other.endsWith("{")
    );
    if (end < 0 || lines[end]?.trim() !== "}") return;
    const length = end - start + 1;
    if (length > FUNCTION_LINES) {
      errors.push(
        `line ${start + 1}: a function of ${length} lines: split it, ` +
          `${FUNCTION_LINES} is the limit`,
      );
    }
  });
  return errors;
}

/** Work that is left says why it is left. */
export function reasons({ path, text }: SourceFile): readonly string[] {
  if (!IS_CODE.test(path)) return [];
  return [...text.matchAll(/\b(?:TO-?DO|FIX-?ME|X{3})\b(?!: \S+ \S+)/g)].map((
    [word],
  ) => `"${word}" without a reason: write "${word}: what and why"`);
}

const BANNED: Readonly<Record<string, string>> = {
  backend: "RealServer or Endpoint",
  destination: "RealServer",
  upstream: "RealServer",
  listener: "VirtualServer or Frontend",
};

/** Things are called by the field's own words. */
export function words({ path, text }: SourceFile): readonly string[] {
  if (stageOf(path) === undefined) return [];
  const code = stripStrings(text).replace(/(?:Event|Signal)Listener/g, "");
  return Object.entries(BANNED).flatMap(([word, instead]) => {
    const capital = word[0]?.toUpperCase() + word.slice(1);
    const pattern = new RegExp(`\\b${word}s?\\b|[a-z]${capital}|\\b${capital}`);
    return pattern.test(code) ? [`identifier "${word}": say ${instead}`] : [];
  });
}

// Written in parts, so that this file does not offend.
const PLACES: readonly RegExp[] = [
  new RegExp("registry\\." + "npmjs"),
  new RegExp("npm\\." + "jsr\\.io"),
  new RegExp("(?<![\\w.$}])/" + "work/"),
  new RegExp("/tmp/" + "bin\\b"),
  new RegExp("/home/" + "\\w+"),
];

/** Nothing names the machine or the mirror that it was made with. */
export function places({ text }: SourceFile): readonly string[] {
  return PLACES.flatMap((pattern) => {
    const found = pattern.exec(text)?.[0];
    return found === undefined
      ? []
      : [`names "${found}", a place of one machine: leave it out`];
  });
}

/** All rules about one file. */
export const RULES: readonly Rule[] = [
  layers,
  purity,
  fileLength,
  functionLength,
  reasons,
  words,
  places,
];

/** Whether a file has something that runs, and so needs a test. */
function hasCode({ path, text }: SourceFile): boolean {
  return /^mod\/(?!std\/)\w+\/(\w+\/)?\w+\.ts$/.test(path) &&
    !/\/(mod|types)\.ts$/.test(path) &&
    /^export (async |declare )?(function|const|class|let)\b/m.test(
      stripComments(text),
    );
}

/** Every `mod/a/b.ts` has `tests/a/b_test.ts`; gives those that have none. */
export function untested(
  files: readonly SourceFile[],
  excused: ReadonlyMap<string, string>,
): readonly string[] {
  const paths = new Set(files.map(({ path }) => path));
  return files.filter((file) => hasCode(file)).map(({ path }) => path).filter(
    (path) =>
      !excused.has(path) &&
      !paths.has(path.replace(/^mod\/(.*)\.ts$/, "tests/$1_test.ts")),
  );
}
