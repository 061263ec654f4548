import type {
  ClusterNode,
  Decoded,
  EndpointSlice,
  IpAddress,
  Rejection,
  Service,
  ServiceCidr,
  ServiceName,
} from "./types.ts";
import { NodeTable } from "./node_table.ts";
import { isSame } from "./same.ts";
import { ServiceTable } from "./service_table.ts";
import { SliceTable } from "./slice_table.ts";

/** Services that must be planned anew; "all": every one that is known. */
export type Dirty = "all" | readonly ServiceName[];

const NONE: Dirty = [];

/** Kinds of object that the model is made of, as messages name them. */
export type ModelKind = "Service" | "EndpointSlice" | "Node" | "ServiceCIDR";

/**
 * What is known of the cluster. Each fold takes one decoded object and says
 * which Services it made dirty; an object that equals what is known makes
 * none. A malformed object leaves its last good state standing.
 *
 * Keys are those of the watch: "namespace/name", or "name".
 */
export class ClusterModel {
  readonly #services = new ServiceTable();
  readonly #slices = new SliceTable();
  readonly #nodes: NodeTable;
  readonly #cidrs = new Map<string, ServiceCidr>();
  readonly #rejections = new Map<string, readonly Rejection[]>();

  /** `nodeName` is the name of the node that this runs on. */
  constructor(options: { readonly nodeName: string }) {
    this.#nodes = new NodeTable(options.nodeName);
  }

  /** Folds a Service that was added or changed. */
  upsertService(key: string, decoded: Decoded<Service>): Dirty {
    this.#note("Service", key, decoded);
    if (decoded.kind === "malformed") return NONE;
    if (decoded.kind === "absent") return this.#services.delete(key);
    return this.#services.put(decoded.value);
  }

  /** Folds a Service that is gone. */
  deleteService(key: string): Dirty {
    this.#rejections.delete(`Service ${key}`);
    return this.#services.delete(key);
  }

  /** Folds a slice that was added or changed. */
  upsertSlice(key: string, decoded: Decoded<EndpointSlice>): Dirty {
    this.#note("EndpointSlice", key, decoded);
    if (decoded.kind === "malformed") return NONE;
    return this.#known(
      decoded.kind === "absent"
        ? this.#slices.delete(key)
        : this.#slices.put(decoded.value),
    );
  }

  /** Folds a slice that is gone. */
  deleteSlice(key: string): Dirty {
    this.#rejections.delete(`EndpointSlice ${key}`);
    return this.#known(this.#slices.delete(key));
  }

  /**
   * Folds a Node. This node's own makes all Services dirty when its zone or
   * its addresses change, and nothing else of it does; another node's makes
   * those dirty that claim an address which it has, or had.
   */
  upsertNode(key: string, decoded: Decoded<ClusterNode>): Dirty {
    this.#note("Node", key, decoded);
    if (decoded.kind !== "object") return NONE;
    const changed = this.#nodes.put(decoded.value);
    return changed === "all" ? "all" : this.#services.claimants(changed);
  }

  /**
   * Folds a Node that is gone. What was last known of this node's own stays,
   * since the agent still runs there.
   */
  deleteNode(key: string): Dirty {
    this.#rejections.delete(`Node ${key}`);
    return this.#services.claimants(this.#nodes.delete(key));
  }

  /** Folds a complete list of Nodes: others that are not in it are gone. */
  replaceNodes(
    nodes: ReadonlyMap<string, Decoded<ClusterNode>>,
  ): Dirty {
    const gone = this.#nodes.otherNames().filter((name) => !nodes.has(name));
    const dirty = [
      ...gone.map((name) => this.deleteNode(name)),
      ...[...nodes].map(([key, decoded]) => this.upsertNode(key, decoded)),
    ];
    if (dirty.includes("all")) return "all";
    return [...new Set(dirty.flatMap((names) => names as ServiceName[]))];
  }

  /** Folds a ServiceCIDR; plans do not depend on it, rules do. */
  upsertServiceCidr(key: string, decoded: Decoded<ServiceCidr>): Dirty {
    this.#note("ServiceCIDR", key, decoded);
    if (decoded.kind === "object") this.#cidrs.set(key, decoded.value);
    return NONE;
  }

  /** Folds a ServiceCIDR that is gone. */
  deleteServiceCidr(key: string): Dirty {
    this.#rejections.delete(`ServiceCIDR ${key}`);
    this.#cidrs.delete(key);
    return NONE;
  }

  /** A Service; undefined when it is not known or not for this proxy. */
  service(name: ServiceName): Service | undefined {
    return this.#services.get(name);
  }

  /** Slices of a Service, by name; whether or not the Service is known. */
  slices(name: ServiceName): readonly EndpointSlice[] {
    return this.#slices.of(name);
  }

  /** Names of all Services, in the order of their arrival. */
  serviceNames(): Iterable<ServiceName> {
    return this.#services.names();
  }

  /** How many Services there are. */
  get serviceCount(): number {
    return this.#services.count;
  }

  /** How many endpoints there are in all slices. */
  get endpointCount(): number {
    return this.#slices.endpointCount;
  }

  /** This node's own; undefined before it is known. */
  node(): ClusterNode | undefined {
    return this.#nodes.own;
  }

  /** Addresses of the other Nodes that are known, and whose they are. */
  otherNodeAddresses(): ReadonlyMap<IpAddress, string> {
    return this.#nodes.otherAddresses;
  }

  /**
   * Whether some Service has external or load-balancer IPs, so that other
   * nodes' addresses matter.
   */
  get needsOtherNodes(): boolean {
    return this.#services.hasOutsideAddresses;
  }

  /** How many external and load-balancer IPs have ever come. */
  get outsideAddressesSeen(): number {
    return this.#services.outsideAddressesSeen;
  }

  /** ServiceCIDRs, by name. */
  serviceCidrs(): readonly ServiceCidr[] {
    return [...this.#cidrs.values()].sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** What is rejected now, by object: "Service default/web". */
  rejections(): ReadonlyMap<string, readonly Rejection[]> {
    return this.#rejections;
  }

  #known(names: readonly ServiceName[]): Dirty {
    return names.filter((name) => this.#services.get(name) !== undefined);
  }

  #note(kind: ModelKind, key: string, decoded: Decoded<unknown>): void {
    const list = decoded.kind === "absent" ? [] : decoded.rejections;
    if (list.length === 0) this.#rejections.delete(`${kind} ${key}`);
    else if (!isSame(this.#rejections.get(`${kind} ${key}`), list)) {
      this.#rejections.set(`${kind} ${key}`, list);
    }
  }
}
