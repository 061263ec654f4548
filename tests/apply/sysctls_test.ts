import { assertEquals, assertRejects } from "@std/assert";
import { createHost } from "#apply";
import { ScriptedRunner } from "./support.ts";

const PURE = { permissions: "none" } as const;

Deno.test("read() gives those that exist, tabs and all", PURE, async () => {
  const runner = new ScriptedRunner({
    stdout: "net.ipv4.vs.conntrack = 0\nnet.ipv4.tcp_rmem = 4096\t131072\t1\n",
  });
  const { sysctls } = createHost(runner, "nft");
  assertEquals(
    await sysctls.read(["net.ipv4.vs.conntrack", "net.ipv4.tcp_rmem", "a.b"]),
    new Map([
      ["net.ipv4.vs.conntrack", "0"],
      ["net.ipv4.tcp_rmem", "4096\t131072\t1"],
    ]),
  );
  assertEquals(
    runner.asked[0]?.argv,
    "sysctl -e net.ipv4.vs.conntrack net.ipv4.tcp_rmem a.b",
  );
});

Deno.test(
  "write() names what was not echoed, whatever the exit code",
  PURE,
  async () => {
    const runner = new ScriptedRunner({
      code: 0,
      stdout: "net.ipv4.ip_forward = 1\n",
      stderr:
        'sysctl: setting key "net.netfilter.nf_conntrack_max": Invalid argument\n' +
        "sysctl: cannot stat /proc/sys/net/nosuch/x: No such file or directory\n",
    });
    const { sysctls } = createHost(runner, "nft");
    const refused = await sysctls.write(
      new Map([
        ["net.netfilter.nf_conntrack_max", "100"],
        ["net.nosuch.x", "1"],
        ["net.ipv4.ip_forward", "1"],
        ["net.ipv4.vs.conntrack", "1"],
      ]),
    );
    assertEquals(
      refused,
      new Map([
        [
          "net.netfilter.nf_conntrack_max",
          'setting key "net.netfilter.nf_conntrack_max": Invalid argument',
        ],
        [
          "net.nosuch.x",
          "cannot stat /proc/sys/net/nosuch/x: No such file or directory",
        ],
        ["net.ipv4.vs.conntrack", "sysctl gave no reason"],
      ]),
    );
  },
);

Deno.test(
  "names and values that could be other lines are refused",
  PURE,
  async () => {
    const { sysctls } = createHost(new ScriptedRunner(), "nft");
    await assertRejects(() => sysctls.read(["--system"]), TypeError);
    const bad: readonly (readonly [string, string])[] = [
      ["a.b = 1\nc.d", "1"],
      ["a.b", "1\nc.d = 2"],
      ["a.b", ""],
    ];
    for (const pair of bad) {
      await assertRejects(() => sysctls.write(new Map([pair])), TypeError);
    }
  },
);

Deno.test("nothing to do runs nothing", PURE, async () => {
  const { sysctls } = createHost(new ScriptedRunner(), "nft");
  assertEquals((await sysctls.read([])).size, 0);
  assertEquals((await sysctls.write(new Map())).size, 0);
});
