import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createHost } from "../../mod/apply/host.ts";
import { PrerequisiteError } from "../../mod/cli/exit_code.ts";
import { setUpKernel } from "../../mod/cli/set_up_kernel.ts";
import { FakeNode, settingsOf } from "./support.ts";

const NOTHING = { permissions: "none" } as const;
const FACTS = { kernelRelease: "6.1.0", cpus: 4, hasIpv6: true };

async function setUp(node: FakeNode, ...args: string[]) {
  const host = createHost(node, "legacy");
  return await setUpKernel(settingsOf(...args), FACTS, {
    ...host,
    runner: node,
  });
}

Deno.test(
  "setUpKernel() announces each setting that it changes, with its reason",
  NOTHING,
  async () => {
    const node = new FakeNode();
    const { done, warnings } = await setUp(node);
    assertEquals(warnings, []);
    assertEquals(
      done[0],
      "timeouts of IPVS = tcp 7800 s, tcpfin 120 s, udp 120 s (was tcp 900 s, " +
        "tcpfin 120 s, udp 300 s): as ipvs.* says",
    );
    assertEquals(
      done[1],
      "net.ipv4.vs.conntrack = 1 (was 0): IPVS connections can be masqueraded",
    );
    assertEquals(
      node.host.sysctl.values.get("net.ipv6.conf.all.forwarding"),
      "1",
    );
    assertEquals((await setUp(node)).done, [], "a second time changes nothing");
  },
);

Deno.test(
  "setUpKernel() warns of a setting that is refused and goes on",
  NOTHING,
  async () => {
    const node = new FakeNode();
    node.host.sysctl.refused.add("net.ipv4.vs.expire_nodest_conn");
    const { warnings } = await setUp(node);
    assertEquals(warnings.length, 1);
    assertStringIncludes(
      warnings[0] ?? "",
      "Cannot set net.ipv4.vs.expire_nodest_conn to 1: ",
    );
  },
);

Deno.test(
  "setUpKernel() ends the start when an essential setting is refused",
  NOTHING,
  async () => {
    const node = new FakeNode();
    node.host.sysctl.refused.add("net.ipv4.ip_forward");
    await assertRejects(() => setUp(node), PrerequisiteError, "ip_forward");
  },
);

Deno.test(
  "setUpKernel() warns of a module that the kernel refuses",
  NOTHING,
  async () => {
    const node = new FakeNode();
    node.host.modules.refused.add("br_netfilter");
    const { warnings } = await setUp(node);
    assertEquals(warnings.length, 1);
    assertStringIncludes(
      warnings[0] ?? "",
      "Cannot load module br_netfilter: ",
    );
  },
);

Deno.test(
  "idle-900s: setUpKernel() sets timeouts above TCP keepalive's 2 hours",
  NOTHING,
  async () => {
    const node = new FakeNode();
    await setUp(node);
    assertEquals(node.commands.filter((text) => text.includes("--set")), [
      "ipvsadm --set 7800 0 120",
    ]);
    const compat = new FakeNode();
    await setUp(compat, "--compat");
    assertEquals(compat.commands.filter((text) => text.includes("--set")), []);
  },
);
