import { assert, assertEquals } from "@std/assert";
import { COMMANDS } from "../mod/cli/command_table.ts";
import { metricTypes } from "./deploy/metric_names.ts";
import { normalise } from "./lab/snapshots.ts";
import { lacks } from "./support/permission.ts";

const WITH_FILES = {
  ignore: lacks("docs", { name: "read", path: "./" }),
};

async function snapshots(): Promise<readonly string[]> {
  const texts: string[] = [];
  for await (const { name } of Deno.readDir("tests/lab/snapshots")) {
    const text = await Deno.readTextFile(`tests/lab/snapshots/${name}`);
    texts.push(normalise(text));
  }
  return texts;
}

Deno.test(
  "docs/commands.md shows what commands printed in the lab",
  WITH_FILES,
  async () => {
    const page = await Deno.readTextFile("docs/commands.md");
    const known = await snapshots();
    const blocks = [...page.matchAll(/```text\n(\$ [^]*?)```/g)];
    assert(blocks.length > 10, `${blocks.length} blocks`);
    const stale = blocks.map(([, block = ""]) => block)
      .filter((block) => !known.includes(normalise(block)));
    assertEquals(stale, []);
  },
);

Deno.test(
  "docs/commands.md names each command with -o",
  WITH_FILES,
  async () => {
    const page = await Deno.readTextFile("docs/commands.md");
    const [, list = ""] = /take `-o json`[^:]*: ([^.]+)\./.exec(page) ?? [];
    const told = [...list.matchAll(/`([\w-]+)`/g)].map(([, name]) => name);
    const have = COMMANDS.filter(({ flags }) =>
      flags.some(({ flag, values }) =>
        flag === "output" && values !== undefined
      )
    ).map(({ name }) => name);
    assertEquals(told.sort(), have.sort());
  },
);

Deno.test("some page of docs/ names every command", WITH_FILES, async () => {
  let page = "";
  for await (const { name } of Deno.readDir("docs")) {
    if (name.endsWith(".md")) page += await Deno.readTextFile(`docs/${name}`);
  }
  const missing = COMMANDS.map(({ name }) => name).filter((name) =>
    !page.includes(`\`${name}`)
  );
  assertEquals(missing, []);
});

/** Pages that are read by people. */
async function pages(): Promise<readonly string[]> {
  const found = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "mod/README.md",
  ];
  for await (const { name } of Deno.readDir("docs")) {
    if (name.endsWith(".md")) found.push(`docs/${name}`);
  }
  return found;
}

/** As GitHub makes them of headings. */
function anchorsOf(page: string): ReadonlySet<string> {
  const text = page.replace(/```[^]*?```/g, "");
  return new Set(
    [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
      heading.toLowerCase().replace(/[^\p{L}\p{N}_ -]/gu, "").replaceAll(
        " ",
        "-",
      )
    ),
  );
}

Deno.test("no link of a page leads nowhere", WITH_FILES, async () => {
  const broken: string[] = [];
  for (const page of await pages()) {
    const text = await Deno.readTextFile(page);
    for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path = "", anchor] = target.split("#");
      const folder = page.includes("/") ? page.replace(/[^/]*$/, "") : "";
      const file = path === "" ? page : `${folder}${path}`;
      const isThere = await Deno.stat(file).then(() => true, () => false);
      const isFound = isThere && (anchor === undefined ||
        anchorsOf(await Deno.readTextFile(file)).has(anchor));
      if (!isFound) broken.push(`${page}: ${target}`);
    }
  }
  assertEquals(broken, []);
});

/** Stands for any test. */
const ANY_TEST = "tests/a/b_test.ts";

Deno.test("each test that a page names is there", WITH_FILES, async () => {
  const missing: string[] = [];
  for (const page of await pages()) {
    const text = await Deno.readTextFile(page);
    for (const [, path = ""] of text.matchAll(/`(tests\/[\w./-]+)`/g)) {
      const isThere = await Deno.stat(path).then(() => true, () => false);
      if (!isThere && path !== ANY_TEST) missing.push(`${page}: ${path}`);
    }
  }
  assertEquals(missing, []);
});

Deno.test(
  "docs/observe.md names every metric of ours",
  WITH_FILES,
  async () => {
    const page = await Deno.readTextFile("docs/observe.md");
    const told = new Set(
      [...page.matchAll(/`(\w+)[`{]/g)].map(([, name]) => name),
    );
    const ours = [...(await metricTypes()).keys()].flatMap((name) =>
      /^kubeproxy_ipvs_(.*)$/.exec(name)?.[1] ?? []
    );
    assert(ours.length > 40, `${ours.length} metrics`);
    assertEquals(ours.filter((name) => !told.has(name)), []);
  },
);

Deno.test(
  "docs/convergence.md names tests that bear the defects' names",
  WITH_FILES,
  async () => {
    const page = await Deno.readTextFile("docs/convergence.md");
    const rows = [...page.matchAll(/^\| `([\w-]+)` +\| ([^|]+)\|/gm)];
    assert(rows.length >= 18, `${rows.length} rows`);
    const stale: string[] = [];
    for (const [, defect = "", tests = ""] of rows) {
      for (const [, path = ""] of tests.matchAll(/`([\w/.]+)`/g)) {
        const text = await Deno.readTextFile(`tests/${path}`);
        if (!text.includes(`${defect}: `)) stale.push(`${defect}: ${path}`);
      }
      if (tests.includes("wire")) {
        const steps = await wireSteps();
        if (
          !steps.includes(`"${defect}: `) && !steps.includes(`\`${defect}: `)
        ) {
          stale.push(`${defect}: wire`);
        }
      }
      if (tests.includes("scenarios") && !await hasScenario(defect)) {
        stale.push(`${defect}: scenarios`);
      }
    }
    assertEquals(stale, []);
  },
);

async function wireSteps(): Promise<string> {
  let text = "";
  const folder = "tests/lab/drivers/converge";
  for await (const { name } of Deno.readDir(folder)) {
    text += await Deno.readTextFile(`${folder}/${name}`);
  }
  return text;
}

/** Whether a scenario begins with the defect's name. */
async function hasScenario(defect: string): Promise<boolean> {
  for await (const { name } of Deno.readDir("tests/scenarios")) {
    if (!name.endsWith(".scenario")) continue;
    const text = await Deno.readTextFile(`tests/scenarios/${name}`);
    if (text.startsWith(`# ${defect}: `)) return true;
  }
  return false;
}
