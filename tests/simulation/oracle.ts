/**
 * What the kernel is to hold, worked out the slow and simple way from the
 * objects of a history. It shares no code with mod/plan or mod/diff.
 *
 * Virtual servers by firewall mark are named by the frontend that they serve,
 * "-f 192.0.2.1,tcp:30080": which number it gets is not the point.
 *
 * @module
 */
import type { SimPort, SimService, SimSlice } from "./objects.ts";
import {
  digitOf,
  schedulingOf,
  type Server,
  serversOf,
  socketOf,
} from "./oracle_servers.ts";

/** All that decides. */
export interface OracleInput {
  readonly services: readonly SimService[];
  readonly slices: readonly SimSlice[];
  /** Name, addresses and zone of this node. */
  readonly node: {
    readonly name: string;
    readonly addresses: readonly string[];
    readonly zone?: string;
  };
  /** Addresses of devices other than ours. */
  readonly hostAddresses: ReadonlySet<string>;
  /** Addresses of other nodes. */
  readonly otherNodes: ReadonlySet<string>;
}

/** What the kernel is to hold. */
export interface Expected {
  /** Lines of `ipvsadm -Sn`, marks replaced by frontends. */
  readonly ipvs: ReadonlySet<string>;
  /** Virtual servers, each with its real servers of weight above 0. */
  readonly usable: ReadonlyMap<string, ReadonlySet<string>>;
  /** Who has each virtual server. */
  readonly owners: ReadonlyMap<string, string>;
  /** Who has each frontend, by "address,protocol:port". */
  readonly holders: ReadonlyMap<string, string>;
  /** Addresses on the device. */
  readonly addresses: ReadonlySet<string>;
  /** Elements, "4-SET element"; those of MARK without their mark. */
  readonly elements: ReadonlySet<string>;
}

type Draft = {
  -readonly [Key in keyof Expected]: Expected[Key] extends ReadonlySet<string>
    ? Set<string>
    : Expected[Key] extends ReadonlyMap<string, infer Value>
      ? Map<string, Value>
    : never;
};

/** A frontend that a Service asks for. */
interface Place {
  readonly kind: "cluster-ip" | "load-balancer" | "external-ip" | "node-port";
  readonly address: string;
  readonly port: number;
  readonly servicePort: SimPort;
}

const FLAGS = { tcp: "-t", udp: "-u", sctp: "--sctp-service" } as const;
const NODE_PORTS_TAKEN = [22, 10_249, 10_250, 10_256];

/** What the kernel is to hold. */
export function expect(input: OracleInput): Expected {
  const out: Draft = {
    ipvs: new Set(),
    usable: new Map(),
    owners: new Map(),
    holders: new Map(),
    addresses: new Set(),
    elements: new Set(),
  };
  const inOrder = [...input.services].sort((a, b) =>
    a.created - b.created || (a.name < b.name ? -1 : 1)
  );
  for (const service of inOrder) {
    if (service.type === "ExternalName") continue;
    const mine = new Set<string>();
    for (const place of placesOf(service, input)) {
      const element =
        `${place.address},${place.servicePort.protocol}:${place.port}`;
      if (mine.has(element)) continue;
      mine.add(element);
      healthElements(service, place, out);
      if (out.holders.has(element)) continue;
      out.holders.set(element, service.name);
      serve(service, { ...place, element }, input, out);
    }
  }
  return out;
}

function placesOf(service: SimService, input: OracleInput): readonly Place[] {
  const leftAlone = (service.wishes["leave-alone"] ?? "").split(",");
  const nodeAddresses = input.node.addresses.filter((one) =>
    input.hostAddresses.has(one)
  );
  const lists = {
    "cluster-ip": service.clusterIps,
    "load-balancer": service.balancerIps,
    "external-ip": service.externalIps,
    "node-port": nodeAddresses,
  };
  const own = new Set([...input.hostAddresses, ...input.node.addresses]);
  const families = new Set(service.clusterIps.map(digitOf));
  const places: Place[] = [];
  for (const kind of Object.keys(lists) as (keyof typeof lists)[]) {
    if (leftAlone.includes(kind)) continue;
    for (const address of lists[kind]) {
      if (!families.has(digitOf(address))) continue;
      for (const servicePort of service.ports) {
        const isNode = kind === "node-port";
        const port = isNode ? servicePort.nodePort : servicePort.port;
        const isElsewhere = input.otherNodes.has(address) && !own.has(address);
        const isTaken = !isNode && own.has(address) &&
          servicePort.protocol === "tcp" &&
          NODE_PORTS_TAKEN.includes(servicePort.port);
        if (port === undefined || isTaken) continue;
        if (isElsewhere && !isNode) continue;
        places.push({ kind, address, port, servicePort });
      }
    }
  }
  return places;
}

function healthElements(
  { healthPort, type, outside }: SimService,
  { address }: Place,
  out: Draft,
): void {
  if (type !== "LoadBalancer" || outside !== "Local") return;
  if (healthPort === undefined) return;
  out.elements.add(`${digitOf(address)}-HEALTH-CHECKS ${healthPort}`);
}

function serve(
  service: SimService,
  place: Place & { readonly element: string },
  input: OracleInput,
  out: Draft,
): void {
  const { kind, address, servicePort, element } = place;
  const add = (set: string, text = element): void => {
    out.elements.add(`${digitOf(address)}-${set} ${text}`);
  };
  const isOwn = kind === "node-port" || input.hostAddresses.has(address) ||
    input.node.addresses.includes(address);
  if (!isOwn) {
    out.addresses.add(address);
    add("ADDRESSES", address);
  }
  const { all, here, hasAny } = serversOf(service, place, input);
  const isCluster = kind === "cluster-ip";
  const isMarked = !isCluster && service.outside === "Local";
  const plain = isMarked || (isCluster && service.inside === "Local")
    ? here
    : all;
  const inside = isMarked ? all : plain;
  const none = hasAny ? "DROP" : "REFUSE";
  const key = `${FLAGS[servicePort.protocol]} ${socketOf(address, place.port)}`;
  if (plain.length > 0) {
    addServer({ key, servers: plain, service, isMark: false }, out);
  }
  if (isMarked && inside.length > 0) {
    add("MARK");
    addServer(
      { key: `-f ${element}`, servers: inside, service, isMark: true },
      out,
    );
  }
  if (inside.length === 0) add(none);
  else {
    add("FRONTENDS");
    if (isCluster) add("CLUSTER-IPS");
    else if (!isMarked) add("EXTERNAL");
    else if (plain.length === 0) add("DROP-OUTSIDE");
  }
  restrict(service, place, { input, add });
}

function restrict(
  service: SimService,
  { kind, element, address }: Place & { readonly element: string },
  { input, add }: {
    readonly input: OracleInput;
    readonly add: (set: string, text?: string) => void;
  },
): void {
  const applies = kind === "load-balancer" ||
    kind === "node-port" && service.wishes["restrict-node-ports"] === "true";
  if (!applies || (service.ranges ?? []).length === 0) return;
  const family = (service.ranges ?? []).filter((range) =>
    digitOf(range) === digitOf(address)
  );
  if (family.some((range) => range.endsWith("/0"))) return;
  add("RESTRICTED");
  for (const range of family) {
    const text = range.replace("/32", "");
    add("SOURCE-RANGES", `${element},${text}`);
  }
  // Of all ranges of histories, the node's own addresses are in one.
  const isOpenToNode = family.includes("192.168.0.0/16") &&
    input.node.addresses.some((one) => one.startsWith("192.168."));
  if (isOpenToNode) add("SOURCE-RANGES", `${element},${address}`);
}

function addServer(
  { key, servers, service, isMark }: {
    readonly key: string;
    readonly servers: readonly Server[];
    readonly service: SimService;
    readonly isMark: boolean;
  },
  out: Draft,
): void {
  out.ipvs.add(`-A ${key} -s ${schedulingOf(service, isMark)}`);
  for (const [socket, weight] of servers) {
    out.ipvs.add(`-a ${key} -r ${socket} -m -w ${weight}`);
  }
  out.owners.set(key, service.name);
  out.usable.set(
    key,
    new Set(servers.filter(([, weight]) => weight > 0).map(([one]) => one)),
  );
}
