/**
 * Rules that others flush or move are put back by the agent's own keeper and
 * the real tools, in a network namespace on this machine's kernel. Run by
 * name: `deno test -A tests/apply/host/rules_heal.lab.ts`.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { ensurePackages } from "../../lab/mod.ts";

// deno-lint-ignore no-console -- says what it installs and what was seen
const say = console.log;
await ensurePackages(say, [{ name: "nftables", files: ["/usr/sbin/nft"] }]);

const HEALER = new URL("./healer.ts", import.meta.url).pathname;

for (const backEnd of ["nft", "legacy"]) {
  Deno.test(`hostport-steals-vip: rules are back and first within a second, iptables-${backEnd}`, async () => {
    const { code, stdout, stderr } = await new Deno.Command("unshare", {
      args: ["-n", Deno.execPath(), "run", "-A", HEALER, backEnd],
      stdin: "null",
    }).output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    const text = new TextDecoder().decode(stdout).trim();
    say(`the slowest of ten repairs each, iptables-${backEnd}, ms: ${text}`);
    const slowest: Record<string, number> = JSON.parse(text);
    for (const [damage, ms] of Object.entries(slowest)) {
      assert(ms < 1_000, `${damage}: ${ms} ms`);
    }
  });
}
