import { assert, assertEquals, assertMatch } from "@std/assert";
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
  readonly "timeout-minutes"?: number;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly env: Readonly<Record<string, string>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

async function readWorkflow(): Promise<Workflow> {
  return parse(await Deno.readTextFile(FILE));
}

Deno.test("the workflow's jobs and steps are whole", { ignore }, async () => {
  const { jobs } = await readWorkflow();
  for (const [name, { needs = [], steps, ...job }] of Object.entries(jobs)) {
    assertEquals(typeof job["timeout-minutes"], "number", name);
    for (const one of [needs].flat()) assert(one in jobs, `${name}: ${one}`);
    for (const { run, uses } of steps) {
      assertEquals([run, uses].filter((one) => one !== undefined).length, 1);
    }
  }
});

Deno.test("the workflow names actions by commit", { ignore }, async () => {
  // A tag can be moved to other code by whoever gets hold of that repository.
  const text = await Deno.readTextFile(FILE);
  const uses = text.split("\n").filter((line) => /\buses:/.test(line));
  assertMatch(uses.join("\n"), /actions\/checkout/);
  for (const line of uses) {
    assertMatch(line, /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  }
});

Deno.test(
  "the workflow writes only where it publishes",
  { ignore },
  async () => {
    const { permissions, jobs } = await readWorkflow();
    assertEquals(permissions, { contents: "read" });
    for (const [name, job] of Object.entries(jobs)) {
      assertEquals(job.permissions === undefined, name !== "publish", name);
    }
  },
);

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
