import { assert, assertEquals } from "@std/assert";
import { runCommand } from "../../../mod/cli/commands.ts";
import type { CleanupRequest } from "../../../mod/cli/commands/cleanup.ts";
import type { CleanupReport } from "../../../mod/cli/cleanup/report.ts";
import type { Surroundings } from "../../../mod/cli/command.ts";

const NOTHING = { permissions: "none" } as const;
const CLEAN: CleanupReport = {
  dryRun: false,
  removed: ["set KUBE-VS4-DROP"],
  failed: [],
  said: [],
  left: [{ thing: "virtual server -f 7", reason: "not ours", shouldGo: false }],
  unseen: [],
  settings: ["setting net.ipv4.ip_forward=1"],
};

async function call(args: readonly string[], report: CleanupReport = CLEAN) {
  const out: string[] = [];
  const err: string[] = [];
  const requests: CleanupRequest[] = [];
  const code = await runCommand(["cleanup", ...args], {
    print: (line: string) => out.push(line),
    complain: (line: string) => err.push(line),
    cleanUp: (request: CleanupRequest) => {
      requests.push(request);
      return Promise.resolve(report);
    },
  } as unknown as Surroundings);
  return { code, out, err, request: requests[0] };
}

Deno.test(
  "kube-proxy cleanup takes ours alone by default",
  NOTHING,
  async () => {
    const { code, out, request } = await call([]);
    assertEquals(code, 0);
    assertEquals(request, {
      what: "ours",
      dryRun: false,
      withoutRecord: false,
      force: false,
      runDir: "/run/kube-proxy",
    });
    assertEquals(out, [
      "removed   set KUBE-VS4-DROP",
      "left      virtual server -f 7: not ours",
      "left      setting net.ipv4.ip_forward=1: as the agent sets it; settings are not taken back",
      "clean: 1 removed",
    ]);
  },
);

Deno.test("kube-proxy cleanup hands its flags on", NOTHING, async () => {
  const { request } = await call([
    ...["--kube-proxy", "--dry-run", "--force", "--without-record"],
    ...["--run-dir", "/run/x"],
  ]);
  assertEquals(request, {
    what: "both",
    dryRun: true,
    withoutRecord: true,
    force: true,
    runDir: "/run/x",
  });
});

Deno.test(
  "kube-proxy cleanup -o json and yaml are for machines",
  NOTHING,
  async () => {
    const { out } = await call(["-o", "json"]);
    assertEquals(JSON.parse(out.join("\n")), CLEAN);
    const yaml = (await call(["-o=yaml"])).out.join("\n");
    assert(yaml.includes("removed:\n  - set KUBE-VS4-DROP"), yaml);
  },
);

Deno.test("kube-proxy cleanup tells by its exit code", NOTHING, async () => {
  for (
    const amiss of [
      { failed: ["set KUBE-VS4-DROP"] },
      { unseen: ["Cannot run ipset"] },
      { left: [{ thing: "set A", reason: "b", shouldGo: true }] },
    ]
  ) {
    const { code, out } = await call([], { ...CLEAN, ...amiss });
    assertEquals(code, 1);
    assert(out.at(-1)?.startsWith("not clean: "), out.at(-1));
  }
});

Deno.test(
  "kube-proxy cleanup refuses words and wrong flags",
  NOTHING,
  async () => {
    for (const args of [["web"], ["--kube-prxy"], ["-o", "xml"]]) {
      const { code, err, request } = await call(args);
      assertEquals(code, 2, args.join(" "));
      assert(err[0]?.startsWith("Cannot "), err[0]);
      assertEquals(request, undefined);
    }
  },
);
