import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "yaml";
import config from "../../deno.json" with { type: "json" };

const WORKFLOW = new URL(
  "../../.github/workflows/release.yml",
  import.meta.url,
);
const READ: Omit<Deno.TestDefinition, "fn" | "name"> = {
  permissions: { read: [WORKFLOW], env: true },
};

interface Job {
  readonly "timeout-minutes"?: number;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly run?: string }[];
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

async function jobs(): Promise<Readonly<Record<string, Job>>> {
  return (parse(await Deno.readTextFile(WORKFLOW)) as Workflow).jobs;
}

Deno.test("the workflow names each action by its commit", READ, async () => {
  // A tag can be moved to other code by whoever gets hold of that repository.
  const text = await Deno.readTextFile(WORKFLOW);
  const uses = text.split("\n").filter((line) => /\buses:/.test(line));
  assertMatch(uses.join("\n"), /actions\/checkout/);
  for (const line of uses) {
    assertMatch(
      line,
      /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/,
    );
  }
});

Deno.test("the workflow runs tasks that there are", READ, async () => {
  const tasks = Object.values(await jobs())
    .flatMap(({ steps }) => steps)
    .flatMap(({ run = "" }) => [...run.matchAll(/\$DENO task (\S+)/g)])
    .map(([, task = ""]) => task);
  assertEquals(
    [...new Set(tasks)].filter((task) => !(task in config.tasks)),
    [],
  );
  assert(tasks.includes("release"));
});

Deno.test("the workflow writes only where it publishes", READ, async () => {
  const text = await Deno.readTextFile(WORKFLOW);
  assertEquals((parse(text) as Workflow).permissions, { contents: "read" });
  for (const [name, job] of Object.entries(await jobs())) {
    assertEquals(job.permissions === undefined, name !== "publish", name);
    assertEquals(typeof job["timeout-minutes"], "number", name);
  }
});
