import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createHost } from "../../mod/apply/host.ts";
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
  "setUpKernel() goes on where a container may not write, and says what is lost",
  NOTHING,
  async () => {
    const node = new FakeNode();
    node.host.sysctl.refused.add("net.ipv4.ip_forward");
    const { warnings, done } = await setUp(node);
    assertEquals(warnings.length, 1);
    assertStringIncludes(
      warnings[0] ?? "",
      "until it is set, pods of other nodes are out of reach",
    );
    assert(done.length > 3, "the others are set");
  },
);

Deno.test(
  "setUpKernel() says nothing of what may not be written and is right",
  NOTHING,
  async () => {
    const node = new FakeNode();
    for (const name of ["net.ipv4.ip_forward", "net.ipv4.vs.conntrack"]) {
      node.host.sysctl.values.set(name, "1");
      node.host.sysctl.refused.add(name);
    }
    assertEquals((await setUp(node)).warnings, []);
  },
);

Deno.test(
  "setUpKernel() says which Services fail where the kernel has no switch",
  NOTHING,
  async () => {
    const node = new FakeNode();
    node.host.sysctl.values.delete("net.ipv4.vs.conntrack");
    const { warnings } = await setUp(node);
    assertEquals(warnings.length, 1);
    assertStringIncludes(
      warnings[0] ?? "",
      "This kernel has no net.ipv4.vs.conntrack: Services are out of reach",
    );
  },
);

Deno.test(
  "conn-reuse-dead-pod: the start says which bugs the kernel still has",
  NOTHING,
  async () => {
    const node = new FakeNode();
    const { sysctls, modules } = createHost(node, "legacy");
    const facts = { ...FACTS, kernelRelease: "5.4.0-100-generic" };
    const host = { sysctls, modules, runner: node };
    const { warnings } = await setUpKernel(settingsOf(), facts, host);
    assertStringIncludes(warnings[0] ?? "", "stays with the pod that it had");
    assertEquals(
      node.host.sysctl.values.get("net.ipv4.vs.conn_reuse_mode"),
      "0",
    );
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
