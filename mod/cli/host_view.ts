import type { HostAddresses } from "#agent";
import type { LocalRoute } from "#apply";
import {
  type Cidr,
  cidrContains,
  type ClusterModel,
  familyOf,
  familyOfCidr,
  type IpAddress,
  type IpFamily,
  parseCidr,
  type Scheduler,
} from "#model";
import {
  type FrontendKey,
  type LocalDetector,
  type PlanContext,
  type RuleOptions,
  selectNodePortAddresses,
} from "#plan";
import { portsBeside } from "./node_port_range.ts";
import type { Settings } from "./settings_types.ts";

/** Device that carries the addresses of Services. */
export const DEVICE = "kube-ipvs0";

/** What configuration, host and cluster together say. */
export interface ViewOptions {
  /** Configuration; another one when it changes while the agent runs. */
  settings: Settings;
  /** Name of this node. */
  readonly nodeName: string;
  /** What is known of the cluster. */
  readonly model: ClusterModel;
  /** Families that this host has. */
  readonly families: ReadonlySet<IpFamily>;
  /** Schedulers that the kernel has; absent: not known. */
  readonly schedulers?: ReadonlySet<Scheduler>;
  /** The host's addresses, as the agent saw them last. */
  hostAddresses?: HostAddresses;
  /** Whether masquerading may use `--random-fully`. */
  readonly randomFully: boolean;
  /** Firewall mark of a frontend. */
  markOf(key: FrontendKey): number;
}

/** Networks in canonical form; the settings have been checked before. */
function toCidrs(texts: readonly string[]): readonly Cidr[] {
  return texts.flatMap((text) => parseCidr(text) ?? []);
}

function ofFamily(cidrs: readonly Cidr[], family: IpFamily): readonly Cidr[] {
  return cidrs.filter((cidr) => familyOfCidr(cidr) === family);
}

/** What planning must know, from the addresses that the host has now. */
export function planContextOf(
  hostAddresses: HostAddresses,
  options: ViewOptions,
): PlanContext {
  const { settings, nodeName, model, families, schedulers } = options;
  options.hostAddresses = hostAddresses;
  const node = model.node();
  const others = addressesOf(hostAddresses);
  const chosen = settings.nodePortAddresses;
  return {
    nodeName,
    ...(node?.zone === undefined ? {} : { zone: node.zone }),
    nodePortAddresses: selectNodePortAddresses(
      chosen[0] === "primary" ? ["primary"] : toCidrs(chosen),
      hostAddresses,
      { node, device: DEVICE },
    ),
    // An address of this Node that no device has (1:1 NAT) is ours too.
    hostAddresses: new Set<IpAddress>([...others, ...node?.addresses ?? []]),
    routedCidrs: routedCidrsOf(options),
    nodeAddresses: node?.addresses ?? [],
    foreignAddresses: model.otherNodeAddresses(),
    families,
    scheduler: settings.scheduler as Scheduler,
    ...(schedulers === undefined ? {} : { availableSchedulers: schedulers }),
    externalIps: settings.externalIps,
    markOf: options.markOf,
  };
}

/** Networks of cluster IPs that reach this host by one route each. */
function routedCidrsOf(
  { settings, model, families }: ViewOptions,
): readonly Cidr[] {
  if (!settings.serviceCidrRoutes) return [];
  return model.serviceCidrs().flatMap(({ cidrs }) => cidrs)
    .filter((cidr) => families.has(familyOfCidr(cidr)));
}

/**
 * Local routes of whole networks. The host's own connections have this node's
 * address as their source, not the address of the Service.
 */
export function routesOf(options: ViewOptions): readonly LocalRoute[] {
  const own = options.model.node()?.addresses ?? [];
  const present = addressesOf(options.hostAddresses ?? new Map());
  return routedCidrsOf(options).map((cidr) => {
    const family = familyOfCidr(cidr);
    const source = own.find((address) =>
      present.includes(address) && familyOf(address) === family
    );
    return { cidr, ...(source === undefined ? {} : { source }) };
  });
}

/** Addresses of all devices but ours. */
function addressesOf(hostAddresses: HostAddresses): readonly IpAddress[] {
  return [...hostAddresses]
    .filter(([device]) => device !== DEVICE)
    .flatMap(([, addresses]) => [...addresses]);
}

/** How pods are recognised in one family. */
export function detectorOf(
  family: IpFamily,
  { settings, model }: Pick<ViewOptions, "settings" | "model">,
): LocalDetector {
  const { detectLocal } = settings;
  switch (detectLocal.mode) {
    case "BridgeInterface":
      return { mode: "bridge-interface", name: detectLocal.bridgeInterface };
    case "InterfaceNamePrefix":
      return {
        mode: "interface-name-prefix",
        prefix: detectLocal.interfaceNamePrefix,
      };
    case "NodeCIDR": {
      const cidrs = ofFamily(model.node()?.podCidrs ?? [], family);
      return cidrs.length === 0
        ? { mode: "none" }
        : { mode: "node-cidr", cidrs };
    }
    default: {
      const cidrs = ofFamily(toCidrs(detectLocal.clusterCidrs), family);
      return cidrs.length === 0
        ? { mode: "none" }
        : { mode: "cluster-cidr", cidrs };
    }
  }
}

/** Rules of each family, from what the cluster says now. */
export function rulesOf(options: ViewOptions): readonly RuleOptions[] {
  const { settings, model, families } = options;
  const serviceCidrs = model.serviceCidrs().flatMap(({ cidrs }) => cidrs);
  const routed = routedCidrsOf(options);
  const own = addressesOf(options.hostAddresses ?? new Map());
  return [...families].map((family) => ({
    family,
    routedCidrs: ofFamily(routed, family),
    unfiltered: own.filter((address) =>
      routed.some((cidr) => cidrContains(cidr, address))
    ).filter((address) => familyOf(address) === family),
    masqueradeMark: 2 ** settings.masqueradeBit,
    masqueradeAll: settings.masqueradeAll,
    randomFully: options.randomFully,
    detector: detectorOf(family, options),
    nodePodCidrs: ofFamily(model.node()?.podCidrs ?? [], family),
    serviceCidrs: ofFamily(serviceCidrs, family),
    markRange: settings.markRange,
    masqueradePorts: portsBeside(settings.nodePortRange),
  }));
}
