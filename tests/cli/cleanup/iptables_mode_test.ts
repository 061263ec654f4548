import { assert, assertEquals } from "@std/assert";
import {
  frontendsOf,
  hasIptablesModeChains,
  isIptablesModeRule,
  leavesSources,
} from "../../../mod/cli/cleanup/iptables_mode.ts";
import { KUBE_PROXY_CHAINS } from "../../../mod/cli/cleanup/kube_proxy_names.ts";
import {
  isKubeProxyRule,
  planKubeProxyRules,
} from "../../../mod/cli/cleanup/kube_proxy_rules.ts";
import { parseSaved } from "../../../mod/plan/mod.ts";
import { lacks } from "../../support/permission.ts";
import { savedIptablesMode } from "./kube_proxy_host.ts";

const NOTHING = { permissions: "none" } as const;
const ignore = lacks("iptables mode: what iptables-save printed", {
  name: "read",
  path: "./",
});
const WHERE = { program: "iptables-legacy", family: "ipv4" } as const;
const HASH = "NUKIZ6OKUXPJNT4C";

Deno.test("every rule of iptables mode is known", {
  ignore,
}, () => {
  let count = 0;
  for (const family of ["ipv4", "ipv6"] as const) {
    for (const [table, { chains }] of parseSaved(savedIptablesMode(family))) {
      const own = KUBE_PROXY_CHAINS.get(table) ?? [];
      for (const [chain, rules] of chains) {
        if (!own.includes(chain) && !/-[A-Z2-7]{16}$/.test(chain)) continue;
        for (const rule of rules) {
          assert(isKubeProxyRule(chain, rule), `-A ${chain} ${rule}`);
          count++;
        }
      }
    }
  }
  assertEquals(count, 68);
});

const STRANGE: readonly (readonly [chain: string, rule: string])[] = [
  [`KUBE-SVC-${HASH}`, "-j DROP"],
  [`KUBE-SVC-${HASH}`, "-j KUBE-MARK-MASQ"],
  [`KUBE-SVC-${HASH}`, "-s 192.0.2.0/24 -j RETURN"],
  ["KUBE-SVC-SHORT", `-j KUBE-SEP-${HASH}`],
  [`KUBE-SEP-${HASH}`, "-p tcp -m tcp -j REDIRECT --to-ports 80"],
  [`KUBE-EXT-${HASH}`, `-s 192.0.2.0/24 -j KUBE-SVC-${HASH}`],
  ["KUBE-SERVICES", `-d 10.96.0.1/32 -p tcp -j KUBE-SVC-${HASH}`],
  ["KUBE-NODEPORTS", "-p tcp -m tcp --dport 30000 -j ACCEPT"],
  ["KUBE-FORWARD", "-m conntrack --ctstate INVALID -j ACCEPT"],
  ["KUBE-MARK-DROP", "-j MARK --set-xmark 0x8000/0x8000"],
  ["KUBE-FIREWALL", "-j DROP"],
];
/** Not in the fixtures: their kernel has no counters of nfacct. */
const COUNTED: readonly (readonly [chain: string, rule: string])[] = [
  [
    "KUBE-NODEPORTS",
    '-d 127.0.0.0/8 -p tcp -m comment --comment "a/b:c" -m tcp --dport 30000 ' +
    `-m nfacct --nfacct-name  localhost_nps_accepted_pkts -j KUBE-EXT-${HASH}`,
  ],
  [
    "KUBE-FORWARD",
    "-m conntrack --ctstate INVALID -m nfacct --nfacct-name " +
    "ct_state_invalid_dropped_pkts -j DROP",
  ],
];

Deno.test("isIptablesModeRule() tells its rules from others'", NOTHING, () => {
  for (const [chain, rule] of COUNTED) {
    assert(isIptablesModeRule(chain, rule), rule);
  }
  for (const [chain, rule] of STRANGE) {
    assert(!isIptablesModeRule(chain, rule), `${chain} ${rule}`);
  }
});

Deno.test("frontendsOf() gives what the rules translate", { ignore }, () => {
  const names = frontendsOf(savedIptablesMode("ipv4")).map((
    { protocol, address, port, service },
  ) => `${protocol} ${address ?? "node"} ${port} ${service}`);
  assertEquals(names, [
    "udp 172.30.0.41 80 ns1/svc1:p80",
    "tcp 172.30.0.42 80 ns2/svc2:p80",
    "tcp 192.168.99.22 80 ns2/svc2:p80",
    "tcp 1.2.3.4 80 ns2/svc2:p80",
    "sctp 172.30.0.44 80 ns4/svc4",
    "sctp 192.168.99.33 80 ns4/svc4",
    "tcp 172.30.0.45 80 ns5/svc5:p80",
    "tcp 5.6.7.8 80 ns5/svc5:p80",
    "tcp node 3001 ns2/svc2:p80",
    "tcp node 3002 ns5/svc5:p80",
  ]);
  const [six] = frontendsOf(savedIptablesMode("ipv6"));
  assertEquals(six?.address, "fd00::41");
  const unlinked = savedIptablesMode("ipv4").replace(/^-A PREROUTING.*\n/m, "");
  assertEquals(frontendsOf(unlinked), [], "nothing comes there");
  assert(hasIptablesModeChains(unlinked));
});

Deno.test("leavesSources() is true where it knows no pods' network", {
  ignore,
}, () => {
  assert(!leavesSources(savedIptablesMode("ipv4")));
  assert(leavesSources(savedIptablesMode("ipv6")));
});

Deno.test("planKubeProxyRules() takes all of iptables mode, nat first", {
  ignore,
}, () => {
  const text = savedIptablesMode("ipv4");
  const { document = "", left, chains, jumps } = planKubeProxyRules(
    text,
    WHERE,
  );
  assertEquals(left, []);
  assertEquals(document.match(/^\*\w+$/gm), ["*nat", "*filter", "*mangle"]);
  assertEquals(jumps.size, 12);
  const others = [...text.matchAll(/^:(KUBE-\S+) /gm)].map(([, one]) => one)
    .filter((one) => !document.includes(`-X ${one}\n`));
  assertEquals(others.toSorted(), [
    "KUBE-FIREWALL",
    "KUBE-IPTABLES-HINT",
    ...["KUBE-KUBELET-CANARY", "KUBE-KUBELET-CANARY", "KUBE-KUBELET-CANARY"],
    "KUBE-MARK-DROP",
  ]);
  assert(!/MINE|someone else/.test(document), document);
  assertEquals(chains.size, document.match(/^-X /gm)?.length);
});

Deno.test("planKubeProxyRules() leaves what is not all its own, and its ways", {
  ignore,
}, () => {
  const text = savedIptablesMode("ipv4").replace(
    /^-A KUBE-SEP-I77/m,
    "-A KUBE-SVC-NUKIZ6OKUXPJNT4C -s 192.0.2.0/24 -j DROP\n$&",
  );
  const { document = "", left } = planKubeProxyRules(text, WHERE);
  assert(left.every(({ shouldGo }) => shouldGo));
  assertEquals(
    left.map(({ thing }) => thing.replace(" of iptables-legacy nat", "")),
    [
      "chain KUBE-SVC-NUKIZ6OKUXPJNT4C",
      "chain KUBE-MARK-MASQ",
      "chain KUBE-SEP-I77PXRDZVX7PMWMN",
    ],
  );
  assert(document.includes("-X KUBE-SERVICES\n"), document);
});
