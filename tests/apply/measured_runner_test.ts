import { assertEquals, assertRejects } from "@std/assert";
import {
  countRefused,
  type MeasuredRun,
  MeasuredRunner,
} from "../../mod/apply/measured_runner.ts";
import type { Argv, CommandResult } from "../../mod/apply/types.ts";

const NOTHING = { permissions: "none" } as const;

function runner(result: CommandResult | Error) {
  let nowMs = 0;
  const runs: MeasuredRun[] = [];
  const measured = new MeasuredRunner({
    run: () =>
      result instanceof Error
        ? Promise.reject(result)
        : Promise.resolve(result),
    async *lines() {
      yield await Promise.resolve("a line");
    },
  }, () => nowMs += 25);
  measured.told = (run) => runs.push(run);
  return { measured, runs };
}

Deno.test(
  "MeasuredRunner tells what ran, how long, how many lines",
  NOTHING,
  async () => {
    const result = { code: 0, stdout: "", stderr: "" };
    const { measured, runs } = runner(result);
    assertEquals(
      await measured.run(["ipset", "restore"], { stdin: "add a\nadd b\n" }),
      result,
    );
    await measured.run(["ipvsadm", "-Ln"]);
    assertEquals(runs, [
      { argv: ["ipset", "restore"], durationMs: 25, lines: 2, result },
      { argv: ["ipvsadm", "-Ln"], durationMs: 25, lines: 0, result },
    ]);
  },
);

Deno.test(
  "MeasuredRunner tells of what could not be run, too",
  NOTHING,
  async () => {
    const { measured, runs } = runner(new Error("no program"));
    await assertRejects(
      () => measured.run(["ipset", "list"]),
      Error,
      "no program",
    );
    assertEquals(runs.map(({ result }) => result), [undefined]);
  },
);

Deno.test("MeasuredRunner hands lines through", NOTHING, async () => {
  const { measured } = runner(new Error());
  const lines = [];
  const signal = new AbortController().signal;
  for await (const line of measured.lines(["ip", "monitor"], signal)) {
    lines.push(line);
  }
  assertEquals(lines, ["a line"]);
});

for (
  const [program, code, stderr, refused] of [
    ["ipvsadm", 0, "", 0],
    ["ipvsadm", 0, "Service already exists\nNo such service\n", 2],
    [
      "ipvsadm",
      0,
      "Warning: IPVS version mismatch: \n  Kernel compiled with IPVS version 1.2.1\n",
      0,
    ],
    ["ipvsadm", 255, "", 1],
    ["ipset", 1, "ipset v7.17: Error in line 2: …", 1],
    [
      "ip",
      1,
      "RTNETLINK answers: x\nCommand failed -:1\nCommand failed -:9\n",
      2,
    ],
    ["iptables-restore", 4, "Another app is holding the xtables lock", 1],
  ] as const
) {
  Deno.test(
    `countRefused() finds ${refused} of ${program}: ${JSON.stringify(stderr)}`,
    NOTHING,
    () => {
      const argv: Argv = [program, "x"];
      const result = { code, stdout: "", stderr };
      assertEquals(
        countRefused({ argv, durationMs: 1, lines: 3, result }),
        refused,
      );
    },
  );
}
