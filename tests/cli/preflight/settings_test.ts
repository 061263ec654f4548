import { assert, assertEquals } from "@std/assert";
import { createHost } from "../../../mod/apply/mod.ts";
import { checkSysctls } from "../../../mod/cli/preflight/settings.ts";
import { FakeNode, settingsOf } from "../support.ts";

const NOTHING = { permissions: "none" } as const;
const FACTS = { kernelRelease: "6.1.0", cpus: 2, hasIpv6: false };

Deno.test(
  "checkSysctls() tells what run would change, and changes nothing",
  NOTHING,
  async () => {
    const node = new FakeNode();
    node.host.sysctl.values.set("net.ipv4.ip_forward", "0");
    node.host.sysctl.values.delete("net.ipv4.vs.conntrack");
    const before = node.host.sysctl.dump();
    const { sysctls } = createHost(node, "legacy");
    const findings = await checkSysctls(settingsOf(), FACTS, sysctls);
    const lines = findings.map(({ result, subject }) => `${result} ${subject}`);
    assert(
      lines.includes("warn setting net.ipv4.ip_forward"),
      lines.join("\n"),
    );
    assert(lines.includes("warn setting net.ipv4.vs.conntrack"));
    assertEquals(findings.filter(({ result }) => result === "fail"), []);
    assertEquals(node.host.sysctl.dump(), before);
  },
);
