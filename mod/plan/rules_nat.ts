import type { RuleOptions } from "./rule_options.ts";
import {
  hex,
  inSet,
  insideSources,
  join,
  notLocal,
  ofFamily,
  type RuleTable,
} from "./rules_parts.ts";

/**
 * Classic BPF that is true when source and target address are the same: a pod
 * that reached itself through a Service. It needs no list of endpoints, so
 * hairpin works whatever is known of them. Offsets are those of the network
 * header (xt_bpf).
 */
const SAME_ADDRESS = {
  ipv4: "6,32 0 0 12,7 0 0 0,32 0 0 16,29 0 1 0,6 0 0 65535,6 0 0 0",
  ipv6: [
    "18",
    ...[0, 1, 2, 3].flatMap((word) => [
      `32 0 0 ${8 + word * 4}`,
      "7 0 0 0",
      `32 0 0 ${24 + word * 4}`,
      `29 0 ${13 - word * 4} 0`,
    ]),
    "6 0 0 65535",
    "6 0 0 0",
  ].join(","),
} as const;

/** Who is masqueraded, and what of other programs' translation is passed by. */
export function natTable(options: RuleOptions): RuleTable {
  const { family } = options;
  // A host port's DNAT must not take what we answer for.
  const pass = [
    `${inSet(family, "frontends", "dst,dst")} -j ACCEPT`,
    `${inSet(family, "refuse", "dst,dst")} -j ACCEPT`,
    `${inSet(family, "addresses", "dst")} -j ACCEPT`,
  ];
  return {
    table: "nat",
    chains: [
      {
        name: "KUBE-VS-SERVICES",
        rules: [
          ...clusterIpMasquerade(options),
          `${inSet(family, "external", "dst,dst")} -j KUBE-VS-MARK-MASQ`,
          ...pass,
        ],
      },
      {
        name: "KUBE-VS-OUTPUT",
        rules: [
          // The masquerade bit would hide the firewall mark from IPVS.
          `${inSet(family, "mark", "dst,dst")} -j ACCEPT`,
          // The source may be the VIP itself, to which no reply would come.
          `${inSet(family, "frontends", "dst,dst")} -j KUBE-VS-MARK-MASQ`,
          ...pass,
        ],
      },
      {
        name: "KUBE-VS-MARK-MASQ",
        rules: [`-j MARK --set-xmark ${masqueradeBit(options)}`],
      },
      { name: "KUBE-VS-POSTROUTING", rules: postrouting(options) },
      { name: "KUBE-VS-MASQUERADE", rules: masquerade(options) },
    ],
    jumps: [
      { from: "PREROUTING", to: "KUBE-VS-SERVICES", beforeNat: true },
      { from: "OUTPUT", to: "KUBE-VS-OUTPUT", beforeNat: true },
      // Network plug-ins keep theirs at the top; ours need only be there.
      { from: "POSTROUTING", to: "KUBE-VS-POSTROUTING", beforeNat: false },
    ],
  };
}

function masqueradeBit(options: RuleOptions): string {
  return `${hex(options.masqueradeMark)}/${hex(options.masqueradeMark)}`;
}

function clusterIpMasquerade(options: RuleOptions): string[] {
  const rule = `${inSet(options.family, "cluster-ips", "dst,dst")} ` +
    "-j KUBE-VS-MARK-MASQ";
  if (options.masqueradeAll) return [rule];
  const outside = notLocal(options);
  return outside === undefined ? [] : [join(outside, rule)];
}

/**
 * A client inside that came by a firewall mark keeps its address when it is
 * a pod of this node; the node itself and pods of other nodes are masqueraded,
 * since the reply would not pass here.
 */
function postrouting(options: RuleOptions): string[] {
  const ours = `-m mark --mark ${hex(options.markRange.value)}/` +
    hex(options.markRange.mask);
  const thisNode = ofFamily(options.nodePodCidrs, options.family);
  return [
    `! -o lo -m bpf --bytecode "${SAME_ADDRESS[options.family]}" ` +
    "-j KUBE-VS-MASQUERADE",
    `${ours} -m addrtype --src-type LOCAL -j KUBE-VS-MASQUERADE`,
    ...thisNode.map((cidr) => `-s ${cidr} ${ours} -j RETURN`),
    ...(options.detector.mode === "cluster-cidr"
      ? insideSources(options).map((source) =>
        join(source, ours, "-j KUBE-VS-MASQUERADE")
      )
      : []),
    // A firewall mark may contain the masquerade bit by chance.
    `${ours} -j RETURN`,
    `-m mark ! --mark ${masqueradeBit(options)} -j RETURN`,
    // A packet that passes again must not be masqueraded again.
    `-j MARK --set-xmark ${hex(options.masqueradeMark)}/0x0`,
    "-j KUBE-VS-MASQUERADE",
  ];
}

/** `--to-ports` keeps masqueraded connections away from the node ports. */
function masquerade(options: RuleOptions): string[] {
  const random = options.randomFully ? " --random-fully" : "";
  const ports = options.masqueradePorts;
  const anyPort = `-j MASQUERADE${random}`;
  if (ports === undefined) return [anyPort];
  return [
    ...["tcp", "udp", "sctp"].map((protocol) =>
      `-p ${protocol} -j MASQUERADE --to-ports ${ports.from}-${ports.to}${random}`
    ),
    anyPort,
  ];
}
