import { assert, assertEquals } from "@std/assert";
import { runCommand } from "../../../mod/cli/commands.ts";
import type { Surroundings } from "../../../mod/cli/command.ts";
import type { MigrateRequest } from "../../../mod/cli/commands/migrate.ts";
import type { MigrationReport } from "../../../mod/cli/migrate/types.ts";

const NOTHING = { permissions: "none" } as const;
const REPORT: MigrationReport = {
  verb: "apply",
  found: ["a"],
  done: ["b"],
  problems: [],
};

async function call(args: readonly string[], report = REPORT) {
  const out: string[] = [];
  const requests: MigrateRequest[] = [];
  const code = await runCommand(["migrate", ...args], {
    print: (line: string) => out.push(line),
    complain: (line: string) => out.push(line),
    migrate: (request: MigrateRequest) => {
      requests.push(request);
      return Promise.resolve(report);
    },
  } as unknown as Surroundings);
  return { code, out, requests };
}

Deno.test(
  "kube-proxy migrate prints what it found, did and wants",
  NOTHING,
  async () => {
    const over = await call(["apply", "--run-dir=/run/x"]);
    assertEquals(over.requests, [
      { verb: "apply", force: false, runDir: "/run/x" },
    ]);
    assertEquals([over.code, ...over.out], [
      0,
      "found    a",
      "done     b",
      "complete",
    ]);
    const stuck = await call(["rollback"], {
      ...REPORT,
      problems: ["c"],
      next: "d",
    });
    assertEquals([stuck.code, ...stuck.out.slice(2)], [
      1,
      "problem  c",
      "next     d",
    ]);
    const forced = await call(["apply", "--force"]);
    assert(forced.requests[0]?.force);
    const json = await call(["plan", "-o", "json"]);
    assertEquals(JSON.parse(json.out.join("\n")), REPORT);
  },
);

Deno.test("kube-proxy migrate wants one of its words", NOTHING, async () => {
  for (const args of [[], ["over"], ["plan", "apply"]]) {
    const { code, requests } = await call(args);
    assertEquals(code, 2);
    assertEquals(requests, []);
  }
});
