import { assertEquals } from "@std/assert";
import { createHost } from "../../../mod/apply/mod.ts";
import { checkOthers } from "../../../mod/cli/preflight/others.ts";
import { FakeNode } from "../support.ts";

const NOTHING = { permissions: "none" } as const;

async function look(change: (node: FakeNode) => void): Promise<string[]> {
  const node = new FakeNode();
  change(node);
  const host = createHost(node, "legacy");
  const findings = await checkOthers(node, host);
  return findings.map(({ result, subject, text, remedy }) =>
    `${result} ${subject}: ${text}${remedy === undefined ? "" : " +remedy"}`
  );
}

Deno.test("checkOthers() finds nobody on a clean node", NOTHING, async () => {
  assertEquals(await look(() => {}), [
    "ok other proxies: none handles Services here",
  ]);
});

const KUBE_PROXY = "fail Kubernetes' own kube-proxy: traces of it are here: ";
const SIGNS: readonly (readonly [
  what: string,
  change: (node: FakeNode) => void,
  finding: string,
])[] = [
  [
    "kube-proxy's chains",
    (node) =>
      node.host.iptables.edit(
        "iptables-legacy",
        "*nat\n:KUBE-SERVICES - [0:0]\nCOMMIT\n",
      ),
    `${KUBE_PROXY}chain KUBE-SERVICES +remedy`,
  ],
  [
    "kube-proxy's sets",
    (node) => node.setNames = "KUBE-VS4-REFUSE\nKUBE-CLUSTER-IP\n",
    `${KUBE_PROXY}set KUBE-CLUSTER-IP +remedy`,
  ],
  [
    "kube-proxy's nftables",
    (node) => node.nftTables = "table ip kube-proxy\ntable ip6 kube-proxy\n",
    `${KUBE_PROXY}nftables table kube-proxy +remedy`,
  ],
  [
    "kube-router",
    (node) => node.host.ip.addDevice("kube-bridge", "ether", ["10.9.9.1/24"]),
    "warn kube-router: traces of it are here: device kube-bridge +remedy",
  ],
  [
    "Cilium",
    (node) => node.host.ip.addDevice("cilium_host", "ether", ["10.9.9.1/24"]),
    "warn Cilium: traces of it are here: device cilium_host +remedy",
  ],
];

for (const [what, change, finding] of SIGNS) {
  Deno.test(`checkOthers() finds ${what}`, NOTHING, async () => {
    assertEquals(await look(change), [finding]);
  });
}

Deno.test(
  "checkOthers() does not take our own sets and chains for others",
  NOTHING,
  async () => {
    const found = await look((node) => {
      node.setNames = "KUBE-VS4-CLUSTER-IPS\nKUBE-VS6-REFUSE\n";
      node.host.iptables.edit(
        "iptables-legacy",
        "*nat\n:KUBE-VS-SERVICES - [0:0]\n:KUBE-MARK-MASQ - [0:0]\nCOMMIT\n",
      );
    });
    assertEquals(found, ["ok other proxies: none handles Services here"]);
  },
);
