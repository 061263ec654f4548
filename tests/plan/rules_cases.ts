import type { Cidr, IpAddress } from "#model";
import {
  DEFAULT_MARK_RANGE,
  type RuleOptions,
} from "../../mod/plan/rule_options.ts";

/** Configurations whose rules stand in `golden/NAME.rules`. */
export const CASES: readonly {
  readonly name: string;
  readonly options: RuleOptions;
}[] = [
  {
    name: "ipv4-cluster-cidr",
    options: options("ipv4", {
      detector: {
        mode: "cluster-cidr",
        cidrs: cidrs("10.32.0.0/12", "fd00:32::/48"),
      },
      nodePodCidrs: cidrs("10.32.1.0/24", "fd00:32:0:1::/64"),
      serviceCidrs: cidrs("10.96.0.0/12", "fd00:96::/108"),
      masqueradePorts: { from: 1024, to: 29999 },
    }),
  },
  {
    name: "ipv6-cluster-cidr",
    options: options("ipv6", {
      detector: {
        mode: "cluster-cidr",
        cidrs: cidrs("10.32.0.0/12", "fd00:32::/48"),
      },
      nodePodCidrs: cidrs("10.32.1.0/24", "fd00:32:0:1::/64"),
      serviceCidrs: cidrs("10.96.0.0/12", "fd00:96::/108"),
      masqueradePorts: { from: 1024, to: 29999 },
    }),
  },
  { name: "ipv4-no-detector", options: options("ipv4", {}) },
  {
    name: "ipv4-masquerade-all",
    options: options("ipv4", { masqueradeAll: true, randomFully: false }),
  },
  {
    name: "ipv4-node-cidr",
    options: options("ipv4", {
      detector: { mode: "node-cidr", cidrs: cidrs("10.32.1.0/24") },
      nodePodCidrs: cidrs("10.32.1.0/24"),
    }),
  },
  {
    name: "ipv4-bridge",
    options: options("ipv4", {
      detector: { mode: "bridge-interface", name: "cni0" },
    }),
  },
  {
    name: "ipv6-interface-prefix-bit-31",
    options: options("ipv6", {
      detector: { mode: "interface-name-prefix", prefix: "cali" },
      masqueradeMark: 0x80000000,
    }),
  },
  ...(["ipv4", "ipv6"] as const).map((family) => ({
    name: `${family}-routed`,
    options: options(family, {
      serviceCidrs: family === "ipv4"
        ? cidrs("10.96.0.0/12")
        : cidrs("fd00:96::/108"),
      routedCidrs: family === "ipv4"
        ? cidrs("10.96.0.0/12")
        : cidrs("fd00:96::/108"),
      unfiltered: (family === "ipv4"
        ? ["10.96.0.10"]
        : ["fd00:96::a"]) as unknown as readonly IpAddress[],
    }),
  })),
];

function options(
  family: RuleOptions["family"],
  change: Partial<RuleOptions>,
): RuleOptions {
  return {
    family,
    masqueradeMark: 0x4000,
    masqueradeAll: false,
    randomFully: true,
    detector: { mode: "none" },
    nodePodCidrs: [],
    serviceCidrs: [],
    markRange: DEFAULT_MARK_RANGE,
    ...change,
  };
}

function cidrs(...texts: readonly string[]): readonly Cidr[] {
  return texts as readonly Cidr[];
}
