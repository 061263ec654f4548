/**
 * Sets and rules changed by the real tools under a fast prober, in a network
 * namespace of its own on this machine's kernel: what must never get in does
 * not, and what must never be lost is not. Run by name:
 * `deno test -A tests/apply/host/sets_host.lab.ts`.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { ensurePackages } from "../../lab/mod.ts";
import type { Probe } from "./prober.ts";

// deno-lint-ignore no-console -- says what it installs and what was seen
const say = console.log;
await ensurePackages(say);

const PROBER = new URL("./prober.ts", import.meta.url).pathname;

async function probed<Result>(mode: string, backEnd: string): Promise<Result> {
  const child = new Deno.Command("unshare", {
    args: [
      "-n",
      Deno.execPath(),
      "run",
      "-A",
      "--unstable-net",
      PROBER,
      mode,
      backEnd,
    ],
    stdin: "null",
  });
  const { code, stdout, stderr } = await child.output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const text = new TextDecoder().decode(stdout).trim();
  say(`${mode} on iptables-${backEnd}: ${text}`);
  return JSON.parse(text) as Result;
}

for (const backEnd of ["nft", "legacy"]) {
  Deno.test(`lb-source-ranges: 1,000 edits let nobody in wrongly and shut nobody out, iptables-${backEnd}`, async () => {
    const { "10.1.0.5": allowed, "10.2.0.5": denied } = await probed<
      Record<string, Probe>
    >("edits", backEnd);
    assert(allowed !== undefined && denied !== undefined);
    assert(allowed.sent > 500 && denied.sent > 500, "the prober was slow");
    assertEquals(denied.came, 0);
    assertEquals(allowed.came, allowed.sent);
  });
}

Deno.test("ipset-type-or-full: a set grows to 200,000 elements and no packet is lost", async () => {
  const { "10.1.0.5": allowed, elements } = await probed<
    { readonly "10.1.0.5": Probe; readonly elements: number }
  >("growth", "nft");
  assertEquals(elements, 200_000 + 1);
  assert(allowed.sent > 500, "the prober was slow");
  assertEquals(allowed.came, allowed.sent);
});

Deno.test("ipset-type-or-full: a set of another type is told from one that rules name, then made anew", async () => {
  assertEquals(await probed("wrong-type", "nft"), {
    isInUse: true,
    type: "hash:ip,port family inet",
  });
});

Deno.test("xtables-lock-and-backend: a lock that others hold is known as such within two seconds", async () => {
  const { isHeld, tookMs } = await probed<
    { readonly isHeld: boolean; readonly tookMs: number }
  >("lock", "legacy");
  assert(isHeld);
  assert(tookMs < 2_000, `${tookMs} ms`);
});
