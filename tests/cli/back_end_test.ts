import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { findIptablesBackEnd, type FoundBackEnd } from "../../mod/apply/mod.ts";
import {
  checkBackEnd,
  hasOwnStrays,
  removeOwnStrays,
} from "../../mod/cli/back_end.ts";
import { PrerequisiteError } from "../../mod/cli/exit_code.ts";
import { run } from "../../mod/cli/run.ts";
import { setUpLogs } from "../../mod/observe/log_setup.ts";
import { FakeHost } from "../support/fake_host.ts";
import { FakeNode, machineOf, settingsOf } from "./support.ts";

const NOTHING = { permissions: "none" } as const;

function found(...strayChains: string[]): FoundBackEnd {
  return {
    backEnd: "nft",
    reason: "the kubelet's chains are there",
    strayChains,
  };
}

Deno.test("checkBackEnd() says which is used and why", NOTHING, () => {
  assertEquals(checkBackEnd(found()), {
    result: "ok",
    subject: "iptables back end",
    text: "iptables-nft, since the kubelet's chains are there",
  });
});

const MIXES: readonly (readonly [string[], "ok" | "warn" | "fail"])[] = [
  [["KUBE-VS-INPUT", "KUBE-VS-SERVICES"], "ok"],
  [["KUBE-IPTABLES-HINT", "KUBE-FIREWALL"], "warn"],
  [["KUBE-SERVICES", "KUBE-SVC-ABC"], "fail"],
  [["KUBE-VS-INPUT", "KUBE-NODE-PORT"], "fail"],
];

for (const [chains, result] of MIXES) {
  Deno.test(
    `xtables-lock-and-backend: ${chains} in the other back end: ${result}`,
    NOTHING,
    () => {
      const finding = checkBackEnd(found(...chains));
      assertEquals(finding.result, result);
      if (result === "ok") return;
      assertStringIncludes(finding.text, "iptables-legacy holds");
      assertStringIncludes(finding.remedy ?? "", "iptables-legacy-save");
    },
  );
}

Deno.test(
  "removeOwnStrays() takes our rules from the unused back end, nothing else",
  NOTHING,
  async () => {
    const host = new FakeHost();
    host.iptables.edit(
      "iptables-nft",
      "*mangle\n:KUBE-KUBELET-CANARY - [0:0]\nCOMMIT\n",
    );
    host.iptables.edit(
      "iptables-legacy",
      "*filter\n:KUBE-VS-INPUT - [0:0]\n:OTHER - [0:0]\n" +
        '-A KUBE-VS-INPUT -j ACCEPT\n-A INPUT -m comment --comment "kube-proxy ipvs" ' +
        "-j KUBE-VS-INPUT\n" +
        "-A INPUT -j OTHER\nCOMMIT\n",
    );
    const seen = await findIptablesBackEnd(host);
    assertEquals(seen.backEnd, "nft");
    assert(hasOwnStrays(seen));
    await removeOwnStrays(seen, host, new Set(["ipv4"]));
    assert(!host.dump().includes("KUBE-VS-"), host.dump());
    assertStringIncludes(host.dump(), "-A INPUT -j OTHER");
    assertStringIncludes(host.dump(), ":KUBE-KUBELET-CANARY");
    assert(!hasOwnStrays(await findIptablesBackEnd(host)));
  },
);

Deno.test(
  "run() says what it takes when no iptables takes a write",
  NOTHING,
  async () => {
    setUpLogs({ format: "text", verbosity: 0, write: () => {} });
    const node = new FakeNode();
    node.host.iptables.works.nft = false;
    node.host.iptables.hasRawSockets = false;
    const before = node.host.dump() + node.host.sysctl.dump();
    const error = await assertRejects(
      () => run(settingsOf("--master=https://192.0.2.1"), machineOf(node)),
      PrerequisiteError,
    );
    assertStringIncludes(error.lines[1] ?? "", "fail  iptables back end: ");
    assertStringIncludes(error.lines[1] ?? "", "initialize table 'mangle'");
    assertStringIncludes(error.message, "CAP_NET_ADMIN and CAP_NET_RAW");
    assertEquals(node.host.dump() + node.host.sysctl.dump(), before);
  },
);
