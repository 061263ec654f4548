import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { findIptablesBackEnd, type FoundBackEnd } from "../../mod/apply/mod.ts";
import {
  checkBackEnd,
  hasOwnStrays,
  removeOwnStrays,
} from "../../mod/cli/back_end.ts";
import { FakeHost } from "../support/fake_host.ts";

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
