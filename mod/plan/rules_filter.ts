import type { IpAddress } from "#model";
import type { RuleOptions } from "./rule_options.ts";
import { hex, inSet, NEW, ofFamily, type RuleTable } from "./rules_parts.ts";

/** Who is let in, refused or dropped. */
export function filterTable(options: RuleOptions): RuleTable {
  const { family } = options;
  const icmp = family === "ipv4" ? "icmp" : "ipv6-icmp";
  return {
    table: "filter",
    chains: [
      { name: "KUBE-VS-INPUT", rules: input(options, icmp) },
      {
        name: "KUBE-VS-SOURCES",
        rules: [
          `${inSet(family, "source-ranges", "dst,dst,src")} -j RETURN`,
          "-j DROP",
        ],
      },
      { name: "KUBE-VS-REFUSE", rules: refuse(options) },
      { name: "KUBE-VS-FORWARD", rules: forward() },
      {
        name: "KUBE-VS-UNOWNED",
        rules: [
          // An address of a Service that is not on the device, since others
          // took it or it has not come yet. Let out, a first packet would be
          // tracked untranslated, and all that its sender repeats with it.
          `! -o lo ${inSet(family, "addresses", "dst")} -j DROP`,
          ...ofFamily(options.serviceCidrs, family).map((cidr) =>
            `-d ${cidr} ! -o lo ${NEW} -j DROP`
          ),
        ],
      },
    ],
    jumps: [
      { from: "INPUT", to: "KUBE-VS-INPUT", beforeNat: false },
      { from: "FORWARD", to: "KUBE-VS-FORWARD", beforeNat: false },
      { from: "OUTPUT", to: "KUBE-VS-UNOWNED", beforeNat: false },
    ],
  };
}

/** What must not come in goes first; the rest is let in under any policy. */
function input(options: RuleOptions, icmp: string): string[] {
  const { family } = options;
  const marked = `${hex(options.markRange.value)}/` +
    hex(options.markRange.mask);
  return [
    `${inSet(family, "restricted", "dst,dst")} -j KUBE-VS-SOURCES`,
    `${inSet(family, "drop", "dst,dst")} -j DROP`,
    // Clients inside carry a firewall mark by now.
    `${inSet(family, "drop-outside", "dst,dst")} ` +
    `-m mark ! --mark ${marked} ${NEW} -j DROP`,
    `${inSet(family, "refuse", "dst,dst")} ${NEW} -j KUBE-VS-REFUSE`,
    // What is open may end in its own time; without a virtual server the
    // host's stack answers it by RST.
    `${inSet(family, "refuse", "dst,dst")} -j ACCEPT`,
    `${inSet(family, "frontends", "dst,dst")} -j ACCEPT`,
    `-p tcp ${inSet(family, "health-checks", "dst")} -j ACCEPT`,
    // Ping, and errors that belong to connections.
    `-p ${icmp} ${inSet(family, "addresses", "dst")} -j ACCEPT`,
    // The refusal of a connection of this node, whose source is a VIP.
    `${inSet(family, "addresses", "dst")} -m conntrack ` +
    "--ctstate RELATED,ESTABLISHED --ctdir REPLY -j ACCEPT",
    // Also what was open when its Service went: RST rather than silence.
    `${inSet(family, "addresses", "dst")} -j KUBE-VS-REFUSE`,
    // What a route brings here: addresses of the host, and of no Service.
    ...(options.unfiltered ?? []).map((address) =>
      `-d ${singleHost(address)} -j RETURN`
    ),
    ...(options.routedCidrs ?? []).flatMap((cidr) => [
      `-d ${cidr} -m conntrack --ctstate RELATED,ESTABLISHED --ctdir REPLY ` +
      "-j ACCEPT",
      `-d ${cidr} -j KUBE-VS-REFUSE`,
    ]),
    // Answers to this node's own connections to a node port: their port is
    // no frontend's. Needed where the policy is DROP.
    "-m conntrack --ctstate SNAT --ctdir REPLY -j ACCEPT",
  ];
}

function refuse(options: RuleOptions): string[] {
  const tcp = "-p tcp -j REJECT --reject-with tcp-reset";
  if (options.family === "ipv6") {
    // An SCTP client takes none of REJECT's ICMPv6 as an answer, but what the
    // host's stack says of its own accord: ABORT, or "unknown next header".
    return [
      tcp,
      "-p sctp -j ACCEPT",
      "-j REJECT --reject-with icmp6-port-unreachable",
    ];
  }
  return [
    tcp,
    // A new SCTP client takes no other ICMP as an answer. One whose Service
    // went takes none at all, but the host's own ABORT.
    `-p sctp ${NEW} -j REJECT --reject-with icmp-proto-unreachable`,
    "-p sctp -j ACCEPT",
    "-j REJECT --reject-with icmp-port-unreachable",
  ];
}

/**
 * Replies of endpoints pass here, requests do not (LOCAL_IN to LOCAL_OUT).
 * Only replies: whether a connection may begin was decided elsewhere.
 */
function forward(): string[] {
  return [
    "-m conntrack --ctstate RELATED,ESTABLISHED --ctdir REPLY -j ACCEPT",
    "-j KUBE-VS-UNOWNED",
  ];
}

function singleHost(address: IpAddress): string {
  return `${address}/${address.includes(":") ? 128 : 32}`;
}
