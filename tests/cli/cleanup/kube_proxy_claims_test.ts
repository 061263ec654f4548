import { assertEquals } from "@std/assert";
import { parseIpvsSave } from "../../../mod/apply/mod.ts";
import { claimsOfKubeProxy } from "../../../mod/cli/cleanup/kube_proxy_claims.ts";
import {
  KUBE_PROXY_SETS,
  kubeProxySetName,
} from "../../../mod/cli/cleanup/kube_proxy_names.ts";
import type { Seen } from "../../../mod/cli/cleanup/types.ts";
import type { IpAddress } from "../../../mod/model/mod.ts";

const NOTHING = { permissions: "none" } as const;

function seen(
  saved: string,
  sets: Readonly<Record<string, readonly string[]>>,
): Seen {
  return {
    servers: parseIpvsSave(saved),
    sets: new Map(
      Object.entries(sets).map(([name, elements]) => [name, {
        name,
        type: KUBE_PROXY_SETS.get(name) ?? "",
        elements: new Map(elements.map((element) => [element, undefined])),
      }]),
    ),
    rules: [],
    device: {
      isDummy: true,
      addresses: new Set(["10.96.0.1", "10.9.9.9", "fd00::1"] as IpAddress[]),
    },
    hostAddresses: new Set(["192.0.2.1", "fd00:50::1"] as IpAddress[]),
    routes: [],
    unseen: [],
  };
}

/** What a virtual server is, and whether it is provably kube-proxy's. */
const CASES: readonly (readonly [lines: string, isIts: boolean])[] = [
  ["-A -t 10.96.0.1:443 -s rr\n", true],
  ["-A -u 10.96.0.1:443 -s rr\n", false],
  ["-A -t 10.96.0.2:443 -s rr\n", false],
  ["-A -t [fd00::1]:80 -s rr\n", true],
  ["-A -t 192.0.2.1:30080 -s rr\n", true],
  ["-A -t 192.0.2.9:30080 -s rr\n", false],
  ["-A -u 192.0.2.1:30080 -s rr\n", false],
  ["-A --sctp-service [fd00:50::1]:30081 -s rr\n", true],
  ["-A -f 7 -s rr\n", false],
  [
    "-A -t 10.96.0.1:80 -s rr\n-a -t 10.96.0.1:80 -r 10.0.0.1:80 -g -w 1\n",
    false,
  ],
  [
    "-A -t 10.96.0.1:80 -s rr\n-a -t 10.96.0.1:80 -r 10.0.0.1:80 -m -w 1\n",
    true,
  ],
];

for (const [lines, isIts] of CASES) {
  Deno.test(
    `claimsOfKubeProxy(): ${lines.trim().replace("\n", "; ")}: ${isIts}`,
    NOTHING,
    () => {
      const { servers } = claimsOfKubeProxy(seen(lines, {
        "KUBE-CLUSTER-IP": ["10.96.0.1,tcp:443", "10.96.0.1,tcp:80"],
        "KUBE-6-EXTERNAL-IP": ["fd00::1,tcp:80"],
        "KUBE-NODE-PORT-TCP": ["30080"],
        "KUBE-6-NODE-PORT-SCTP-HASH": ["fd00:50::1,sctp:30081"],
      }));
      assertEquals(servers.size, isIts ? 1 : 0);
    },
  );
}

Deno.test(
  "claimsOfKubeProxy() takes addresses that its set names",
  NOTHING,
  () => {
    const { addresses } = claimsOfKubeProxy(seen("", {
      "KUBE-IPVS-IPS": ["10.96.0.1", "10.96.0.7"],
      "KUBE-6-IPVS-IPS": ["fd00::1"],
    }));
    assertEquals([...addresses], ["10.96.0.1", "fd00::1"] as IpAddress[]);
  },
);

Deno.test("kube-proxy's sets of IPv6 have its cut names", NOTHING, () => {
  assertEquals(KUBE_PROXY_SETS.size, 34);
  assertEquals(
    kubeProxySetName("KUBE-LOAD-BALANCER-SOURCE-CIDR", "ipv6"),
    "KUBE-6-LOAD-BALANCER-SOURCE-CID",
  );
  assertEquals(
    kubeProxySetName("KUBE-NODE-PORT-LOCAL-SCTP-HASH", "ipv6"),
    "KUBE-6-NODE-PORT-LOCAL-SCTP-HAS",
  );
});
