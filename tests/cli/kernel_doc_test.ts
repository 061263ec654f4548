/**
 * The tables of docs/kernel.md say what the code does.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  decideEstimation,
  ESTIMATION_NICE,
  RUN_ESTIMATION,
} from "../../mod/cli/estimation.ts";
import { KERNEL_BUGS } from "../../mod/cli/kernel_bugs.ts";
import { requiredModules, WANTED_MODULES } from "../../mod/cli/requirements.ts";
import { planSysctls, type WantedSysctl } from "../../mod/cli/sysctl_plan.ts";
import { lacks } from "../support/permission.ts";
import { settingsOf } from "./support.ts";

const DOC = new URL("../../docs/kernel.md", import.meta.url);
/** Versions in which something changes, and the last before the next. */
const BANDS = [
  ["0.0", "4.0"],
  ["4.1", "5.8"],
  ["5.9", "5.14"],
  ["5.15", "6.1"],
  ["6.2", ""],
] as const;

type Row = readonly string[];

function planned(release: string, ...args: string[]): readonly WantedSysctl[] {
  const facts = { kernelRelease: release, cpus: 4, hasIpv6: true };
  return planSysctls(settingsOf(...args), facts);
}

/** Bands in a row as words: "4.1 to 5.8". */
function versions(from: number, to: number): string {
  const first = BANDS[from]?.[0] ?? "";
  const last = BANDS[to]?.[1] ?? "";
  if (from === 0) return last === "" ? "all" : `to ${last}`;
  return last === "" ? `from ${first}` : `${first} to ${last}`;
}

function valueText({ value, isFloor, adapt, name }: WantedSysctl): string {
  if (adapt !== undefined) {
    return name.includes("ipv6") ? "without types 1 and 4" : "without type 3";
  }
  return isFloor ? `at least ${value}` : value;
}

function settingRows(): Row[] {
  const bands = new Map<string, { row: Row; bands: number[] }>();
  for (const [index, [release]] of BANDS.entries()) {
    const compat = planned(release, "--compat");
    for (const one of planned(release)) {
      const value = valueText(one);
      const isSame = compat.some((other) =>
        other.name === one.name && valueText(other) === value
      );
      const row = [value, isSame ? "yes" : "no", one.why];
      const id = [one.name, ...row].join();
      const known = bands.get(id) ?? { row: [one.name, ...row], bands: [] };
      known.bands.push(index);
      bands.set(id, known);
    }
  }
  return [...bands.values()].map(({ row, bands }) => [
    `\`${row[0]}\``,
    versions(bands[0] ?? 0, bands.at(-1) ?? 0),
    ...row.slice(1),
  ]);
}

function estimationRows(): Row[] {
  const on: [string, string] = [RUN_ESTIMATION, "1"];
  const nice: [string, string] = [ESTIMATION_NICE, "0"];
  const words = {
    nothing: "nothing",
    warn: "nothing can be done; the log says so",
    "switch off": `\`${RUN_ESTIMATION} = 0\`: no rates, no statistics`,
    yield: `\`${ESTIMATION_NICE} = 10\`: rates stay, their threads give way`,
  };
  const kernels: [string, [string, string][]][] = [
    ["to 5.14", []],
    ["5.15 to 6.1", [on]],
    ["from 6.2", [on, nice]],
  ];
  return kernels.map(([kernel, present]) => {
    const facts = { entries: 500_000, cpus: 1, present: new Map(present) };
    return [kernel, words[decideEstimation(facts)]];
  });
}

const TABLES: Readonly<Record<string, readonly Row[]>> = {
  settings: [["setting", "Linux", "value", "compat", "why"], ...settingRows()],
  bugs: [
    ["Linux", "what happens"],
    ...KERNEL_BUGS.map(({ since, until, effect }) => [
      since[0] === 0
        ? `before ${until.join(".")}`
        : `${since.join(".")}, before ${until.join(".")}`,
      effect,
    ]),
  ],
  estimation: [["Linux", "what is done"], ...estimationRows()],
  modules: [
    ["module", "needed", "for"],
    ...requiredModules("rr").map((
      { name, purpose },
    ) => [`\`${name}\``, "yes", purpose]),
    ...WANTED_MODULES.map((
      { name, purpose },
    ) => [`\`${name}\``, "no", purpose]),
  ],
};

function toMarkdown(rows: readonly Row[]): string {
  const [head = [], ...rest] = rows;
  return [head, head.map(() => "---"), ...rest]
    .map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function sectionOf(name: string): RegExp {
  return new RegExp(`(<!-- table: ${name} -->\n)([^]*?)(<!-- end -->)`);
}

/** Cells of a table in Markdown, without its line of dashes. */
function cellsOf(text: string): Row[] {
  return text.split("\n").filter((line) => /^\|(?! *-+ *\|)/.test(line))
    .map((line) =>
      line.slice(1, -1).split(" | ").map((cell) =>
        cell.replace(/^\|?\s+|\s+\|?$/g, "")
      )
    );
}

const canWrite = (await Deno.permissions.query({ name: "write", path: DOC }))
  .state === "granted";
if (canWrite && Deno.env.get("UPDATE_DOCS") === "1") {
  let text = await Deno.readTextFile(DOC);
  for (const [name, rows] of Object.entries(TABLES)) {
    text = text.replace(
      sectionOf(name),
      (_, begin, __, end) => `${begin}\n${toMarkdown(rows)}\n\n${end}`,
    );
  }
  await Deno.writeTextFile(DOC, text);
}

for (const [name, rows] of Object.entries(TABLES)) {
  Deno.test({
    name: `docs/kernel.md: the table of ${name} says what the code does`,
    ignore: lacks("docs/kernel.md", { name: "read", path: DOC }),
    fn: async () => {
      const text = await Deno.readTextFile(DOC);
      const [, , section = ""] = sectionOf(name).exec(text) ?? [];
      assertEquals(cellsOf(section), rows);
    },
  });
}
