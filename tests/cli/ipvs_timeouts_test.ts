import { assertEquals } from "@std/assert";
import { setIpvsTimeouts } from "../../mod/cli/ipvs_timeouts.ts";
import { FakeNode, settingsOf } from "./support.ts";

function sets(node: FakeNode): string[] {
  return node.commands.filter((text) => text.includes("--set"));
}

Deno.test({
  name: "idle-900s: setIpvsTimeouts() sets what differs, and that once",
  permissions: "none",
  fn: async () => {
    const node = new FakeNode();
    const settings = settingsOf();
    const first = await setIpvsTimeouts(settings, node);
    assertEquals(first, {
      before: { tcp: 900, tcpFin: 120, udp: 300 },
      now: { tcp: 7_800, tcpFin: 120, udp: 120 },
    });
    const second = await setIpvsTimeouts(settings, node);
    assertEquals(second, { before: first.now, now: first.now });
    assertEquals(sets(node), ["ipvsadm --set 7800 0 120"]);
  },
});

Deno.test({
  name: "setIpvsTimeouts() says why the kernel refuses them",
  permissions: "none",
  fn: async () => {
    const node = new FakeNode();
    node.host.faults.add({
      program: "ipvsadm",
      when: ({ argv }) => argv.includes("--set"),
      effect: { kind: "exit", code: 1, stderr: "Operation not permitted\n" },
    });
    const { refused, now } = await setIpvsTimeouts(settingsOf(), node);
    assertEquals([refused, now?.tcp], ["Operation not permitted", 900]);
  },
});

Deno.test({
  name: "setIpvsTimeouts() leaves the kernel's where none are asked for",
  permissions: "none",
  fn: async () => {
    const node = new FakeNode();
    const { now } = await setIpvsTimeouts(settingsOf("--compat"), node);
    assertEquals([now?.tcp, sets(node)], [900, []]);
  },
});
