import type { IpAddress } from "#model";
import {
  type FrontendKey,
  markKey,
  type RealServer,
  type RealServerKey,
  type SetEntry,
  type VirtualServer,
  type VirtualServerKey,
} from "#plan";
import { elementId, frontendOfElement, parseElementId } from "./element.ts";
import { packObserved } from "./packed_observed.ts";
import type {
  Changes,
  IpvsOperation,
  ObservedRealServer,
  ObservedVirtualServer,
} from "./types.ts";

const NO_REAL_SERVERS: ReadonlyMap<RealServerKey, ObservedRealServer> =
  packObserved([]);

/** Elements of one set; the value is the `skbmark`. */
export type ObservedElements = ReadonlyMap<string, number | undefined>;

/**
 * What the kernel was seen to hold: listed, or confirmed by a batch that
 * succeeded. It saves listings; it is replaced whenever anything is in doubt.
 */
export class Observed {
  #servers = new Map<VirtualServerKey, ObservedVirtualServer>();
  #addresses = new Set<IpAddress>();
  #elements = new Map<string, number | undefined>();
  /** The one virtual server whose real servers are being written to. */
  #open: {
    readonly key: VirtualServerKey;
    readonly realServers: Map<RealServerKey, ObservedRealServer>;
  } | undefined;
  #frontends = new Map<VirtualServerKey, FrontendKey>();

  /** Takes a listing of all virtual servers. */
  replaceServers(
    servers: ReadonlyMap<VirtualServerKey, ObservedVirtualServer>,
  ): void {
    this.#servers = new Map(servers);
  }

  /** Takes a listing of one virtual server; undefined: it is not there. */
  replaceServer(
    key: VirtualServerKey,
    server: ObservedVirtualServer | undefined,
  ): void {
    if (server === undefined) this.#servers.delete(key);
    else this.#servers.set(key, server);
  }

  /** Takes the addresses that the device has. */
  replaceAddresses(addresses: Iterable<IpAddress>): void {
    this.#addresses = new Set(addresses);
  }

  /** Takes a listing of our sets, by their names in the kernel. */
  replaceSets(
    sets: ReadonlyMap<string, { readonly elements: ObservedElements }>,
  ): void {
    this.#elements = new Map();
    this.#frontends = new Map();
    for (const [name, { elements }] of sets) {
      for (const [element, mark] of elements) {
        this.#setElement(`${name} ${element}`, mark);
      }
    }
  }

  /** One virtual server. */
  virtualServer(key: VirtualServerKey): ObservedVirtualServer | undefined {
    return this.#servers.get(key);
  }

  /** All virtual servers. */
  get virtualServers(): ReadonlyMap<VirtualServerKey, ObservedVirtualServer> {
    return this.#servers;
  }

  /** Whether an address is on the device. */
  hasAddress(address: IpAddress): boolean {
    return this.#addresses.has(address);
  }

  /** All addresses on the device. */
  get addresses(): ReadonlySet<IpAddress> {
    return this.#addresses;
  }

  /** Whether a set element is there, by `elementId`. */
  hasElement(id: string): boolean {
    return this.#elements.has(id);
  }

  /** Mark of a set element. */
  markOfElement(id: string): number | undefined {
    return this.#elements.get(id);
  }

  /** The frontend whose packets get the mark that a virtual server is by. */
  frontendOfMark(key: VirtualServerKey): FrontendKey | undefined {
    return this.#frontends.get(key);
  }

  /** All set elements, by `elementId`. */
  get elements(): ReadonlyMap<string, number | undefined> {
    return this.#elements;
  }

  /** Takes operations on virtual servers that are known to have been done. */
  confirmIpvs(operations: readonly IpvsOperation[]): void {
    for (const operation of operations) this.#confirm(operation);
    this.#close();
  }

  /** Takes set elements that are known to have been added and deleted. */
  confirmSets(
    changes: {
      readonly add: readonly SetEntry[];
      readonly delete: readonly SetEntry[];
    },
  ): void {
    for (const entry of changes.add) {
      this.#setElement(elementId(entry), entry.mark);
    }
    for (const entry of changes.delete) {
      this.#elements.delete(elementId(entry));
    }
  }

  /** Takes addresses that are known to have been added and deleted. */
  confirmAddresses(
    changes: {
      readonly add: readonly IpAddress[];
      readonly delete: readonly IpAddress[];
    },
  ): void {
    for (const address of changes.add) this.#addresses.add(address);
    for (const address of changes.delete) this.#addresses.delete(address);
  }

  /** Takes everything of a pass that succeeded as a whole. */
  confirm(changes: Changes): void {
    this.confirmSets({ add: changes.setAdds, delete: changes.setDeletes });
    this.confirmIpvs(changes.ipvs);
    this.confirmAddresses({
      add: changes.addressAdds,
      delete: changes.addressDeletes,
    });
  }

  #setElement(id: string, mark: number | undefined): void {
    this.#elements.set(id, mark);
    if (mark === undefined) return;
    const entry = parseElementId(id);
    if (entry?.set !== "mark") return;
    const key = markKey(mark, entry.family);
    this.#frontends.set(key, frontendOfElement(entry.element));
  }

  #confirm(operation: IpvsOperation): void {
    const key = "server" in operation ? operation.server.key : operation.key;
    if (this.#open !== undefined && this.#open.key !== key) this.#close();
    switch (operation.verb) {
      case "add-service":
      case "edit-service":
        this.#close();
        this.#servers.set(
          key,
          asObserved(
            operation.server,
            this.#servers.get(key)?.realServers ?? NO_REAL_SERVERS,
          ),
        );
        return;
      case "delete-service":
        this.#open = undefined;
        this.#servers.delete(operation.key);
        return;
      case "add-server":
      case "edit-server":
        this.#confirmRealServer(operation.key, operation.realServer);
        return;
      case "delete-server":
        this.#opened(key)?.delete(operation.realServerKey);
        return;
    }
    operation satisfies never;
  }

  #confirmRealServer(key: VirtualServerKey, { key: name, weight }: RealServer) {
    const realServers = this.#opened(key);
    const old = realServers?.get(name);
    const fresh: ObservedRealServer = {
      key: name,
      forwardingMethod: old?.forwardingMethod === "local"
        ? "local"
        : "masquerading",
      weight,
      activeConnections: old?.activeConnections ?? 0,
      inactiveConnections: old?.inactiveConnections ?? 0,
    };
    realServers?.set(name, fresh);
  }

  /** Real servers of a virtual server, to be written to until `#close`. */
  #opened(
    key: VirtualServerKey,
  ): Map<RealServerKey, ObservedRealServer> | undefined {
    const server = this.#servers.get(key);
    if (server === undefined) return undefined;
    this.#open ??= { key, realServers: new Map(server.realServers) };
    return this.#open.realServers;
  }

  #close(): void {
    if (this.#open === undefined) return;
    const { key, realServers } = this.#open;
    this.#open = undefined;
    const server = this.#servers.get(key);
    if (server === undefined) return;
    const packed = packObserved(realServers.values());
    this.#servers.set(key, { ...server, realServers: packed });
  }
}

function asObserved(
  server: VirtualServer,
  realServers: ReadonlyMap<RealServerKey, ObservedRealServer>,
): ObservedVirtualServer {
  const { key, scheduler, persistenceTimeoutSeconds } = server;
  return {
    key,
    scheduler,
    flags: [...server.schedulerFlags].sort(),
    ...(persistenceTimeoutSeconds === undefined
      ? {}
      : { persistenceTimeoutSeconds }),
    realServers,
  };
}
