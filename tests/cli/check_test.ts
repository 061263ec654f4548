import { assert, assertEquals } from "@std/assert";
import { check } from "../../mod/cli/check.ts";
import { FakeNode, machineOf, settingsOf } from "./support.ts";

const TABLE = { text: () => undefined };
const NOTHING = { permissions: "none" } as const;

Deno.test(
  "check() prints a line for each thing and ends with 0 on a good host",
  NOTHING,
  async () => {
    const machine = machineOf(new FakeNode());
    assertEquals(await check(settingsOf(), machine, TABLE), 0);
    assertEquals(machine.printed[0], "ok    tool ipvsadm: 1.2.3");
    for (
      const line of [
        /^ok +schedulers: .*\brr\b.*\bmh\b/,
        /^ok +CAP_NET_ADMIN: /,
        /^ok +iptables back end: /,
        /^ok +families: /,
        /^ok +kernel settings: /,
        /^warn +setting net.ipv4.ip_forward: 0; run sets it to 1: /,
        /^ok +other proxies: /,
        /^warn +API server: not looked at/,
      ]
    ) {
      assert(
        machine.printed.some((one) => line.test(one)),
        `${line} in\n${machine.printed.join("\n")}`,
      );
    }
    assertEquals(machine.printed.at(-1), "ready to run");
  },
);

Deno.test(
  "check() tells that the kubeconfig cannot be read, after all else",
  NOTHING,
  async () => {
    const machine = machineOf(new FakeNode());
    const settings = settingsOf("--kubeconfig=/nowhere");
    assertEquals(await check(settings, machine, TABLE), 3);
    const line = machine.printed.find((one) => one.startsWith("fail"));
    assert(line?.includes("API server: Cannot read"), line);
    assert(machine.printed.some((one) => one.includes("other proxies")));
  },
);

Deno.test(
  "check() ends with 3 when something is missing, and changes nothing",
  NOTHING,
  async () => {
    const node = new FakeNode();
    node.absent.add("xt_set");
    const before = node.host.dump() + node.host.sysctl.dump();
    const machine = machineOf(node);
    assertEquals(await check(settingsOf(), machine, TABLE), 3);
    assertEquals(machine.printed.at(-1), "1 missing");
    assertEquals(node.host.dump() + node.host.sysctl.dump(), before);
  },
);

Deno.test(
  "check() misses CAP_NET_RAW also where no rules are yet",
  NOTHING,
  async () => {
    const node = new FakeNode();
    node.host.iptables.hasRawSockets = false;
    const machine = machineOf(node);
    assertEquals(await check(settingsOf(), machine, TABLE), 3);
    const failed = machine.printed.filter((line) => line.startsWith("fail"));
    assertEquals(failed.length, 1);
    assert(failed[0]?.startsWith("fail  CAP_NET_RAW: "), failed[0]);
  },
);

Deno.test("check() tells machines the same as people", NOTHING, async () => {
  const node = new FakeNode();
  node.absent.add("xt_set");
  const machine = machineOf(node);
  const line = { text: () => "json" };
  assertEquals(await check(settingsOf(), machine, line), 3);
  const { isReady, findings } = JSON.parse(machine.printed.join("\n"));
  assertEquals(isReady ? "ready" : "not ready", "not ready");
  const failed = findings.filter(({ result }: { result: string }) =>
    result === "fail"
  );
  assertEquals(failed.map(({ subject }: { subject: string }) => subject), [
    "module xt_set",
  ]);
});
