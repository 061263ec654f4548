import { assertEquals } from "@std/assert";
import { plain, printAnswer, runDirOf } from "../../mod/cli/output.ts";

const NOTHING = { permissions: "none" } as const;

Deno.test(
  "printAnswer() lets nothing command the terminal",
  NOTHING,
  async () => {
    const out: string[] = [];
    const line = { text: () => undefined };
    const human = (): string[] => ["a\u001b[2Jb\u202e\u0007"];
    await printAnswer({}, human, { line, print: (text) => out.push(text) });
    assertEquals(out, ["a?[2Jb??"]);
    assertEquals(plain("tab\there"), "tab?here");
  },
);

Deno.test("runDirOf() has a default", NOTHING, () => {
  assertEquals(runDirOf({ text: () => undefined }), "/run/kube-proxy");
  assertEquals(runDirOf({ text: () => "/x" }), "/x");
});
