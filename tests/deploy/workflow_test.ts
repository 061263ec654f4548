import { assert, assertEquals } from "@std/assert";
import { parse } from "yaml";
import config from "../../deno.json" with { type: "json" };
import { lacks } from "../support/permission.ts";

const ignore = lacks("the workflow", { name: "read", path: "./" });
const FILE = ".github/workflows/release.yml";

interface Step {
  readonly run?: string;
  readonly uses?: string;
}

interface Job {
  readonly needs?: string | readonly string[];
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly env: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

async function readWorkflow(): Promise<Workflow> {
  return parse(await Deno.readTextFile(FILE));
}

Deno.test("the workflow's jobs and steps are whole", { ignore }, async () => {
  const { jobs } = await readWorkflow();
  for (const [name, { needs = [], steps }] of Object.entries(jobs)) {
    for (const one of [needs].flat()) assert(one in jobs, `${name}: ${one}`);
    for (const { run, uses } of steps) {
      assertEquals([run, uses].filter((one) => one !== undefined).length, 1);
      if (uses !== undefined) assert(/^[\w./-]+@v\d+$/.test(uses), uses);
    }
  }
});

Deno.test("what the workflow runs is there", { ignore }, async () => {
  const { env, jobs } = await readWorkflow();
  const text = Object.values(jobs).flatMap(({ steps }) =>
    steps.map(({ run = "" }) => run)
  ).join("\n");
  const tasks = [...text.matchAll(/\$DENO task (\S+)/g)].map(([, name]) =>
    name
  );
  assert(tasks.length > 0);
  assertEquals(tasks.filter((name = "") => !(name in config.tasks)), []);
  const files = [...text.matchAll(/(?<=^|\s)(?:\.ci|tests|deploy)\/\S+/gm)]
    .map(([path]) => path);
  assert(files.length > 1, text);
  for (const path of files) assert((await Deno.stat(path)).isFile, path);
  // One version everywhere.
  const ci = await Deno.readTextFile(".ci/run");
  assert(ci.includes(env["DENO"] ?? "-"), `.ci/run: not ${env["DENO"]}`);
});
