import { assertEquals } from "@std/assert";
import { lacks } from "./support/permission.ts";
import {
  fileLength,
  functionLength,
  layers,
  places,
  purity,
  reasons,
  type Rule,
  RULES,
  type SourceFile,
  untested,
  words,
} from "./tools/tidy_rules.ts";

const NOTHING = { permissions: "none" } as const;

/** Files without a test of their own name, and where they are tested. */
const TESTED_ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ["mod/cli/run_flags.ts", "a table; tests/cli/flags_test.ts goes through it"],
  ["mod/observe/notify_socket.ts", "tests/observe/notify_socket.lab.ts"],
  ["mod/watch/transport.ts", "types and one error class"],
  ["mod/plan/rule_options.ts", "types and one constant"],
  ["mod/observe/metric_counters.ts", "tests/observe/metrics_test.ts"],
  ["mod/plan/sets.ts", "a table; tests/plan/rules_test.ts goes through it"],
  ...["rules_filter", "rules_nat", "rules_parts"].map((name) =>
    [`mod/plan/${name}.ts`, "golden files of tests/plan/rules_test.ts"] as const
  ),
  ...["diff_sets", "diff_server", "gathering"].map((name) =>
    [`mod/diff/${name}.ts`, "steps of diff(): tests/diff/diff_test.ts"] as const
  ),
  ...["run", "check", "config", "version"].map((name) =>
    [`mod/cli/commands/${name}.ts`, "tests/cli/commands_test.ts"] as const
  ),
  ...[
    ...["look", "own_servers", "plan_cleanup", "plan_rules", "plan_sets"],
    ...["remains", "report", "sweep"],
  ].map((name) =>
    [
      `mod/cli/cleanup/${name}.ts`,
      "steps of cleanUp(): tests/cli/cleanup/cleanup_test.ts",
    ] as const
  ),
  [
    "mod/cli/cleanup/kube_proxy_names.ts",
    "a table; tests/cli/cleanup/kube_proxy_claims_test.ts",
  ],
  ...["chains", "local", "match", "servers"].map((name) =>
    [
      `mod/observe/explain/${name}.ts`,
      "steps of tracePacket(): tests/observe/explain/trace_test.ts",
    ] as const
  ),
  ["mod/observe/explain/tell.ts", "tests/cli/commands/explain_test.ts"],
  ["mod/observe/explain/read_tables.ts", "tests/cli/commands/explain_test.ts"],
  ["mod/cli/explain.ts", "tests/cli/commands/explain_test.ts"],
  ["mod/cli/migrate/found.ts", "tests/cli/migrate/migrate_test.ts"],
  ...["input", "frontend_report", "real_server_report"].map((name) =>
    [
      `mod/observe/report/${name}.ts`,
      "parts of a report: tests/observe/report/service_report_test.ts",
    ] as const
  ),
  ...["answers", "traffic"].map((name) =>
    [`mod/cli/control/${name}.ts`, "tests/cli/control/routes_test.ts"] as const
  ),
  ...[
    ...["audit", "diff", "drain", "log_level", "service", "services"],
    ...["status", "top"],
  ].map((name) =>
    [
      `mod/cli/commands/${name}.ts`,
      "tests/cli/commands/client_commands_test.ts",
    ] as const
  ),
  ...["services_view", "status_view", "top_view"].map((name) =>
    [
      `mod/cli/views/${name}.ts`,
      "tests/cli/commands/client_commands_test.ts, and the lab's snapshots",
    ] as const
  ),
  ...["bundle", "listings", "tar"].map((name) =>
    [
      `mod/cli/support/${name}.ts`,
      "tests/cli/commands/support_test.ts",
    ] as const
  ),
  ["mod/cli/commands/completion.ts", "tests/cli/completion_test.ts"],
  ["mod/cli/control/client.ts", "tests/cli/control/socket_test.ts"],
  ["mod/cli/control/control.ts", "tests/lab/commands.lab.ts"],
  // The loop is tried as a whole, on the fakes and in random histories.
  ["mod/agent/loop.ts", "tests/agent/agent_test.ts, tests/simulation"],
  ["mod/agent/assembly.ts", "tests/agent/agent_test.ts"],
  ["mod/agent/timing.ts", "constants; tests/agent/agent_test.ts"],
  ["mod/agent/planner.ts", "tests/agent/agent_test.ts"],
  ["mod/agent/passes.ts", "tests/agent/agent_test.ts"],
  ["mod/agent/worker.ts", "tests/agent/failures_test.ts"],
  ["mod/agent/applier.ts", "tests/agent/failures_test.ts"],
  ["mod/agent/kernel.ts", "tests/agent/drift_test.ts, ownership_test.ts"],
  ["mod/agent/rules_keeper.ts", "tests/agent/drift_test.ts"],
  ["mod/agent/rules_watch.ts", "tests/agent/drift_test.ts"],
  ["mod/agent/host_watch.ts", "tests/agent/drift_test.ts"],
]);

/** Recordings of other programs' words are as they are. */
const SKIPPED = /^(\.git|dist|\.cache|tests\/apiserver\/recordings)(\/|$)/;
const IS_TEXT = /\.(ts|json|md|sh|service|yaml|yml|txtar|ipvs)$|^\.ci\/run$/;

async function* readProject(folder = ""): AsyncGenerator<SourceFile> {
  for await (const entry of Deno.readDir(`./${folder}`)) {
    const path = `${folder}${entry.name}`;
    if (SKIPPED.test(path)) continue;
    if (entry.isDirectory) yield* readProject(`${path}/`);
    else if (entry.isFile && IS_TEXT.test(path)) {
      yield { path, text: await Deno.readTextFile(path) };
    }
  }
}

const withoutRead = lacks("tidy: the project", { name: "read", path: "./" });

Deno.test("tidy: no file of the project breaks a rule", {
  ignore: withoutRead,
}, async () => {
  const offences: string[] = [];
  for await (const file of readProject()) {
    for (const rule of RULES) {
      offences.push(...rule(file).map((text) => `${file.path}: ${text}`));
    }
  }
  assertEquals(offences, []);
});

Deno.test("tidy: every file with code has a test of its name", {
  ignore: withoutRead,
}, async () => {
  const files = await Array.fromAsync(readProject());
  assertEquals(untested(files, TESTED_ELSEWHERE), []);
});

function lines(count: number): string {
  return "  step();\n".repeat(count);
}

const OFFENDERS: readonly (readonly [Rule, SourceFile, string])[] = [
  [
    layers,
    { path: "mod/plan/a.ts", text: 'import { b } from "#apply";' },
    "plan imports #apply: data moves to the right only",
  ],
  [
    layers,
    { path: "mod/plan/a.ts", text: 'export { b } from "../model/b.ts";' },
    "imports ../model/b.ts: name the stage by its alias, as in #model",
  ],
  [
    layers,
    {
      path: "mod/cli/commands/a.ts",
      text:
        'import { b } from "../b.ts";\nimport { c } from "../../apply/c.ts";',
    },
    "imports ../../apply/c.ts: name the stage by its alias, as in #model",
  ],
  [
    purity,
    { path: "mod/diff/a.ts", text: "const now = Date.now();" },
    '"Date.now" in a pure stage: take nowMs as an argument',
  ],
  [
    purity,
    { path: "mod/model/a.ts", text: "export async function a() {}" },
    '"async " in a pure stage: pure stages wait for nothing',
  ],
  [
    fileLength,
    { path: "mod/apply/a.ts", text: lines(301) },
    "301 lines: split it, 300 is the limit",
  ],
  [
    functionLength,
    { path: "mod/apply/a.ts", text: `function a() {\n${lines(60)}}\n` },
    "line 1: a function of 62 lines: split it, 60 is the limit",
  ],
  [
    functionLength,
    {
      path: "mod/apply/a.ts",
      text: `class A {\n  async #a(\n    b: string,\n  ): void {\n${
        lines(60)
      }  }\n}`,
    },
    "line 2: a function of 64 lines: split it, 60 is the limit",
  ],
  [
    reasons,
    { path: "mod/cli/a.ts", text: "// TO" + "DO\n" },
    '"TO' + 'DO" without a reason: write "TO' + 'DO: what and why"',
  ],
  [
    words,
    { path: "mod/plan/a.ts", text: "const liveBackends = 1;" },
    'identifier "backend": say RealServer or Endpoint',
  ],
  [
    places,
    { path: "docs/a.md", text: "see /wo" + "rk/main" },
    'names "/wo' + 'rk/", a place of one machine: leave it out',
  ],
];

for (const [rule, file, expected] of OFFENDERS) {
  Deno.test(`tidy: ${rule.name} finds: ${expected}`, NOTHING, () => {
    assertEquals(rule(file), [expected]);
  });
}

Deno.test("tidy: every rule has an offender here", NOTHING, () => {
  const shown = new Set(OFFENDERS.map(([rule]) => rule));
  assertEquals(RULES.filter((rule) => !shown.has(rule)), []);
});

Deno.test(
  "tidy: a file without a test is found, an excused one is not",
  NOTHING,
  () => {
    const files = [
      { path: "mod/plan/a.ts", text: "export function a(): void {}" },
      { path: "mod/plan/b.ts", text: "export const B = 1;" },
      { path: "mod/plan/c.ts", text: "export interface C {}" },
      { path: "mod/plan/d.ts", text: "export class D {}" },
      { path: "tests/plan/a_test.ts", text: "" },
    ];
    const excused = new Map([["mod/plan/d.ts", "in a_test.ts"]]);
    assertEquals(untested(files, excused), ["mod/plan/b.ts"]);
  },
);

Deno.test("tidy: comments and strings do not offend", NOTHING, () => {
  const file = {
    path: "mod/plan/a.ts",
    text: '// Date.now, a backend\nconst a = "fetch( backend";\n',
  };
  assertEquals(RULES.flatMap((rule) => rule(file)), []);
});
