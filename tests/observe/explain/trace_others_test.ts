import { assert, assertEquals } from "@std/assert";
import { tellTrace } from "../../../mod/observe/explain/tell.ts";
import { tracePacket } from "../../../mod/observe/explain/trace.ts";
import type { IpAddress } from "../../../mod/model/mod.ts";
import {
  FAR_POD,
  OUTSIDE,
  POD,
  SERVED,
  tablesOf,
  type TestTables,
  VIP,
} from "./support.ts";

const NOTHING = { permissions: "none" } as const;

const V6: TestTables = {
  rules: "ipv6-cluster-cidr",
  sets: {
    frontends: ["fd00:96::1,tcp:80"],
    refuse: ["fd00:96::2,sctp:80"],
    addresses: ["fd00:96::1", "fd00:96::2"],
  },
  ipvs: [
    "-A -t [fd00:96::1]:80 -s rr",
    "-a -t [fd00:96::1]:80 -r [fd00:32:1::7]:8080 -m -w 1",
  ],
  addresses: { "kube-ipvs0": ["fd00:96::1", "fd00:96::2"] },
};

Deno.test(
  "tracePacket() follows IPv6: a pod that reaches itself",
  NOTHING,
  () => {
    for (
      const [source, as] of [["fd00:32:1::7", true], ["fd00:32:1::8", false]]
    ) {
      const { verdict, realServers } = tracePacket({
        ...{ protocol: "tcp", port: 80, isOwn: false },
        source: source as IpAddress,
        address: "fd00:96::1" as IpAddress,
      }, tablesOf(V6));
      assertEquals(verdict, "served");
      assertEquals(realServers[0]?.masqueraded, as);
    }
  },
);

Deno.test(
  "tracePacket() gives refused SCTP over IPv6 to the host",
  NOTHING,
  () => {
    const { verdict } = tracePacket({
      ...{ protocol: "sctp", port: 80, isOwn: false },
      source: "fd00:32:1::8" as IpAddress,
      address: "fd00:96::2" as IpAddress,
    }, tablesOf(V6));
    assertEquals(verdict, "host");
  },
);

/** Rules of others ahead of ours, and what is said of them. */
const OTHERS: readonly (readonly [
  where: string,
  rules: Readonly<Record<string, readonly string[]>>,
  doubts: readonly string[],
])[] = [
  ["one that cannot match", {
    "filter INPUT": ["-p udp -j DROP", "-s 203.0.113.0/24 -j DROP"],
  }, []],
  ["one that only counts", { "filter INPUT": ["-j LOG"] }, []],
  ["one that drops", { "filter INPUT": ["-p tcp -j DROP"] }, [
    "filter INPUT: may DROP",
  ]],
  ["one whose match is not known", {
    "filter INPUT": ["-m recent --rcheck -j DROP"],
  }, ["filter INPUT: may DROP"]],
  ["a chain without effect", {
    "filter INPUT": ["-j KUBE-FIREWALL"],
    "filter KUBE-FIREWALL": ["-d 127.0.0.0/8 -j DROP", "-j RETURN"],
  }, []],
  ["a chain that translates", {
    "nat PREROUTING": ["-m addrtype --dst-type LOCAL -j CNI-HOSTPORT"],
    "nat CNI-HOSTPORT": ["-p tcp -m tcp --dport 80 -j DNAT --to 10.0.0.1:80"],
  }, ["nat PREROUTING: may DNAT"]],
  ["one that marks", { "mangle PREROUTING": ["-j MARK --set-mark 1"] }, [
    "mangle PREROUTING: may MARK",
  ]],
  ["a jump to a chain of ours with a condition", {
    "nat PREROUTING": ["-p tcp -j KUBE-VS-MARK-MASQ"],
  }, ["nat PREROUTING: may MARK"]],
];

for (const [what, ahead, expected] of OTHERS) {
  Deno.test(`tracePacket() beside rules of others: ${what}`, NOTHING, () => {
    const trace = tracePacket({
      ...{ protocol: "tcp", port: 80, isOwn: false },
      source: FAR_POD as IpAddress,
      address: VIP as IpAddress,
    }, tablesOf({ ...SERVED, ahead }));
    assertEquals(
      trace.doubts.map(({ hook, may }) => `${hook}: may ${may}`),
      expected,
    );
    assertEquals(trace.verdict, "served", "as if they did not");
  });
}

Deno.test(
  "tracePacket() knows the policies of built-in chains",
  NOTHING,
  () => {
    const to = (address: string) =>
      tracePacket({
        ...{ protocol: "tcp", port: 22, isOwn: false },
        source: OUTSIDE as IpAddress,
        address: address as IpAddress,
      }, tablesOf({ ...SERVED, policies: { INPUT: "DROP", FORWARD: "DROP" } }));
    assertEquals(to("192.168.1.1").verdict, "dropped");
    assertEquals(
      to("192.168.1.1").reason,
      "it is dropped by the policy of filter INPUT",
    );
    assertEquals(to("203.0.113.5").verdict, "dropped");
  },
);

Deno.test("tracePacket() tells which rule and element decided", NOTHING, () => {
  const { steps } = tracePacket({
    ...{ protocol: "tcp", port: 80, isOwn: false },
    source: OUTSIDE as IpAddress,
    address: VIP as IpAddress,
  }, tablesOf(SERVED));
  const [first] = steps;
  assertEquals(first?.hook, "nat PREROUTING");
  assertEquals(first?.elements, [`${VIP},tcp:80 in KUBE-VS4-CLUSTER-IPS`]);
  assert(steps.some(({ effect }) => effect === "sets mark 0x4000"));
  assert(steps.some(({ effect }) => effect === "masquerades it"));
});

Deno.test(
  "tellTrace() says toward which real server a rule matched",
  NOTHING,
  () => {
    const ipvs = [
      ...SERVED.ipvs!.slice(0, 2),
      "-a -t 10.96.0.1:80 -r 10.32.2.7:8080 -m -w 1",
    ];
    const lines = tellTrace(tracePacket({
      ...{ protocol: "tcp", port: 80, isOwn: false },
      source: POD as IpAddress,
      address: VIP as IpAddress,
    }, tablesOf({ ...SERVED, ipvs })));
    assert(
      lines.includes(
        "  nat POSTROUTING: masquerades it, toward 10.32.1.7:8080",
      ),
      lines.join("\n"),
    );
    assert(
      lines.includes(
        "  nat POSTROUTING: goes back, toward 10.32.2.7:8080",
      ),
      lines.join("\n"),
    );
    assert(lines.includes("  nat PREROUTING: lets it pass"));
  },
);
