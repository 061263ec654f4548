/**
 * What the kernel is to hold, worked out the slow and simple way from the
 * objects of a history. It shares no code with mod/plan or mod/diff.
 *
 * @module
 */

/** A Service of a history. */
export interface SimService {
  readonly name: string;
  readonly createdMs: number;
  readonly clusterIp: string;
  readonly externalIps: readonly string[];
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  readonly affinitySeconds?: number;
}

/** An endpoint of a history. */
export interface SimEndpoint {
  readonly address: string;
  readonly state: "ready" | "not-ready" | "terminating";
}

/** Objects of a history. */
export interface SimObjects {
  readonly services: ReadonlyMap<string, SimService>;
  readonly endpoints: ReadonlyMap<string, readonly SimEndpoint[]>;
}

/** What the kernel is to hold. */
export interface Expected {
  /** Lines of `ipvsadm -Sn`. */
  readonly ipvs: ReadonlySet<string>;
  /** Virtual servers, each with its real servers. */
  readonly usable: ReadonlyMap<string, readonly string[]>;
  /** Who has each frontend, by the key of its virtual server. */
  readonly owners: ReadonlyMap<string, string>;
  /** Addresses on the device. */
  readonly addresses: ReadonlySet<string>;
  /** Elements, "SET element". */
  readonly elements: ReadonlySet<string>;
}

const TARGET_PORT = 8080;

/** Endpoints that clients are sent to. */
export function usableEndpoints(all: readonly SimEndpoint[]): string[] {
  const ready = all.filter((one) => one.state === "ready");
  const some = ready.length > 0
    ? ready
    : all.filter((one) => one.state === "terminating");
  return [...new Set(some.map((one) => `${one.address}:${TARGET_PORT}`))];
}

/** What the kernel is to hold for some objects. */
export function expect(objects: SimObjects): Expected {
  const ipvs = new Set<string>();
  const usable = new Map<string, readonly string[]>();
  const owners = new Map<string, string>();
  const addresses = new Set<string>();
  const elements = new Set<string>();
  const taken = new Set<string>();
  const inOrder = [...objects.services.values()].sort((a, b) =>
    a.createdMs - b.createdMs || (a.name < b.name ? -1 : 1)
  );
  for (const service of inOrder) {
    const servers = usableEndpoints(objects.endpoints.get(service.name) ?? []);
    for (const address of [service.clusterIp, ...service.externalIps]) {
      const element = `${address},${service.protocol}:${service.port}`;
      if (taken.has(element)) continue;
      taken.add(element);
      addresses.add(address);
      elements.add(`ADDRESSES ${address}`);
      const flag = service.protocol === "tcp" ? "-t" : "-u";
      const key = `${flag} ${address}:${service.port}`;
      owners.set(key, service.name);
      if (servers.length === 0) {
        elements.add(`REFUSE ${element}`);
        continue;
      }
      elements.add(`FRONTENDS ${element}`);
      const own = address === service.clusterIp ? "CLUSTER-IPS" : "EXTERNAL";
      elements.add(`${own} ${element}`);
      const persistence = service.affinitySeconds === undefined
        ? ""
        : ` -p ${service.affinitySeconds}`;
      ipvs.add(`-A ${key} -s rr${persistence}`);
      for (const server of servers) ipvs.add(`-a ${key} -r ${server} -m -w 1`);
      usable.set(key, servers);
    }
  }
  return { ipvs, usable, owners, addresses, elements };
}
