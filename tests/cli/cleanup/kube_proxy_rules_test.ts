import { assert, assertEquals } from "@std/assert";
import {
  hasKubeProxyJumps,
  isKubeProxyRule,
  planKubeProxyRules,
} from "../../../mod/cli/cleanup/kube_proxy_rules.ts";
import { parseSaved } from "../../../mod/plan/mod.ts";
import { lacks } from "../../support/permission.ts";
import { recorded } from "./kube_proxy_host.ts";

const NOTHING = { permissions: "none" } as const;
const WHERE = { program: "iptables-legacy", family: "ipv4" } as const;
const withoutRead = lacks("kube-proxy's rules: the recording", {
  name: "read",
  path: "./",
});

Deno.test("isKubeProxyRule() knows every recorded rule", {
  ignore: withoutRead,
}, () => {
  let count = 0;
  for (const text of [recorded("nat"), recorded("filter")]) {
    for (const { chains } of parseSaved(text).values()) {
      for (const [chain, rules] of chains) {
        if (!chain.startsWith("KUBE-")) continue;
        for (const rule of rules) {
          assert(isKubeProxyRule(chain, rule), `-A ${chain} ${rule}`);
          count++;
        }
      }
    }
  }
  assertEquals(count, 20);
});

const KNOWN: readonly (readonly [chain: string, rule: string])[] = [
  ["KUBE-SERVICES", "-s ::1/128 -j RETURN"],
  [
    "KUBE-SERVICES",
    '-m comment --comment "Kubernetes service external ip + port for masquerade and filter purpose" -m set --match-set KUBE-EXTERNAL-IP dst,dst -m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL -j ACCEPT',
  ],
  [
    "KUBE-NODE-PORT",
    '-p sctp -m comment --comment "x" -m set --match-set KUBE-6-NODE-PORT-LOCAL-SCTP-HAS dst,dst -j RETURN',
  ],
  ["KUBE-LOAD-BALANCER", "-j KUBE-MARK-MASQ"],
  ["KUBE-SOURCE-RANGES-FIREWALL", "-j DROP"],
  [
    "KUBE-IPVS-OUT-FILTER",
    "-s 192.0.2.1/32 -m ipvs --vaddr 192.0.2.1/32 --vproto 6 --vport 80 -j DROP",
  ],
];
const UNKNOWN: readonly (readonly [chain: string, rule: string])[] = [
  ["KUBE-SERVICES", "-s 192.0.2.1/32 -j KUBE-NODEPORTS"],
  ["KUBE-SERVICES", "-d 10.96.0.1/32 -p tcp -j KUBE-SVC-ABC"],
  ["KUBE-SERVICES", "-m set --match-set MINE dst -j ACCEPT"],
  ["KUBE-SERVICES", "-m set --match-set KUBE-CLUSTER-IP dst,dst -j MINE"],
  ["KUBE-FORWARD", "-j DROP"],
  ["KUBE-FORWARD", "-s 10.0.0.0/8 -j ACCEPT"],
];

Deno.test("isKubeProxyRule() tells its rules from others'", NOTHING, () => {
  for (const [chain, rule] of KNOWN) assert(isKubeProxyRule(chain, rule), rule);
  for (const [chain, rule] of UNKNOWN) {
    assert(!isKubeProxyRule(chain, rule), rule);
  }
});

/** A nat table with these chains of kube-proxy's beside what is given. */
function nat(...lines: readonly string[]): string {
  return [
    "*nat",
    ":PREROUTING ACCEPT [1:60]",
    ":KUBE-SERVICES - [0:0]",
    ":KUBE-MARK-MASQ - [0:0]",
    ":KUBE-LOAD-BALANCER - [0:0]",
    ...lines.filter((line) => line.startsWith(":")),
    '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    "-A KUBE-LOAD-BALANCER -j KUBE-MARK-MASQ",
    "-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000",
    ...lines.filter((line) => !line.startsWith(":")),
    "COMMIT",
    "",
  ].join("\n");
}

Deno.test("planKubeProxyRules() empties, unlinks and deletes", NOTHING, () => {
  const { document, left, chains } = planKubeProxyRules(nat(), WHERE);
  assertEquals(
    document,
    `*nat
:KUBE-SERVICES - [0:0]
:KUBE-MARK-MASQ - [0:0]
:KUBE-LOAD-BALANCER - [0:0]
-D PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-X KUBE-SERVICES
-X KUBE-MARK-MASQ
-X KUBE-LOAD-BALANCER
COMMIT
`,
  );
  assertEquals(left, []);
  assert(chains.has("nat/KUBE-SERVICES"));
});

Deno.test(
  "planKubeProxyRules() leaves a chain with others' rules, and what it leads to",
  NOTHING,
  () => {
    const { document, left } = planKubeProxyRules(
      nat(
        "-A KUBE-SERVICES -s 192.0.2.0/24 -j DROP",
        "-A KUBE-SERVICES -m set --match-set KUBE-LOAD-BALANCER dst,dst -j KUBE-LOAD-BALANCER",
      ),
      WHERE,
    );
    assertEquals(document, undefined);
    assertEquals(left.map(({ reason }) => reason), [
      'kube-proxy did not write its rule "-s 192.0.2.0/24 -j DROP"',
      '"-A KUBE-SERVICES -m set --match-set KUBE-LOAD-BALANCER dst,dst -j KUBE-LOAD-BALANCER" leads there',
      '"-A KUBE-LOAD-BALANCER -j KUBE-MARK-MASQ" leads there',
    ]);
    assert(left.every(({ shouldGo }) => shouldGo));
  },
);

Deno.test(
  "planKubeProxyRules() leaves a chain that another's rule leads to",
  NOTHING,
  () => {
    const { document, left } = planKubeProxyRules(
      nat(":CNI-HOSTPORT - [0:0]", "-A CNI-HOSTPORT -j KUBE-MARK-MASQ"),
      WHERE,
    );
    assert(!document?.includes("KUBE-MARK-MASQ"), document);
    assert(document?.includes("-X KUBE-SERVICES"));
    assertEquals(left.length, 1);
  },
);

Deno.test("hasKubeProxyJumps() is true while ipvs mode is in place", {
  ignore: withoutRead,
}, () => {
  assert(hasKubeProxyJumps(recorded("filter")));
  assert(!hasKubeProxyJumps(nat()), "iptables mode has that one too");
});
