import type { ClusterNode, IpAddress } from "./types.ts";
import { isSame } from "./same.ts";

/** This node, and the addresses of the others. */
export class NodeTable {
  readonly #ownName: string;
  readonly #others = new Map<string, readonly IpAddress[]>();
  readonly #owners = new Map<IpAddress, string>();
  #own: ClusterNode | undefined;

  /** `ownName` is the name of this node. */
  constructor(ownName: string) {
    this.#ownName = ownName;
  }

  /** This node; undefined before it is known. */
  get own(): ClusterNode | undefined {
    return this.#own;
  }

  /** Addresses of other nodes and whose they are. */
  get otherAddresses(): ReadonlyMap<IpAddress, string> {
    return this.#owners;
  }

  /** Names of the other nodes. */
  otherNames(): readonly string[] {
    return [...this.#others.keys()];
  }

  /** Keeps a node; gives "all", or the addresses that changed hands. */
  put(node: ClusterNode): "all" | readonly IpAddress[] {
    if (node.name !== this.#ownName) return this.#putOther(node);
    const previous = this.#own;
    this.#own = node;
    const isSameView = previous !== undefined &&
      previous.zone === node.zone &&
      isSame(previous.addresses, node.addresses);
    return isSameView ? [] : "all";
  }

  /** Forgets another node; gives the addresses that it had. */
  delete(name: string): readonly IpAddress[] {
    const addresses = this.#others.get(name) ?? [];
    this.#others.delete(name);
    return addresses.filter((address) => this.#release(address, name));
  }

  #putOther(node: ClusterNode): readonly IpAddress[] {
    const before = this.#others.get(node.name) ?? [];
    const gone = before.filter((address) => !node.addresses.includes(address));
    this.#others.set(node.name, node.addresses);
    const changed = gone.filter((address) => this.#release(address, node.name));
    for (const address of node.addresses) {
      if (this.#owners.has(address)) continue;
      this.#owners.set(address, node.name);
      changed.push(address);
    }
    return changed;
  }

  /** Gives an address to another node that has it too, or to none. */
  #release(address: IpAddress, name: string): boolean {
    if (this.#owners.get(address) !== name) return false;
    this.#owners.delete(address);
    for (const [other, addresses] of this.#others) {
      if (addresses.includes(address)) {
        this.#owners.set(address, other);
        break;
      }
    }
    return true;
  }
}
