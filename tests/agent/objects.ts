import type {
  EndpointSlice,
  IpAddress,
  Service,
  ServiceName,
  SliceName,
} from "../../mod/model/mod.ts";

/** One endpoint of a test's slice. */
export interface TestEndpoint {
  readonly address: string;
  readonly ready?: boolean;
  readonly serving?: boolean;
  readonly terminating?: boolean;
  readonly node?: string;
}

/** What of a Service a test may choose. */
export interface TestService extends Partial<Service> {
  readonly ip?: string;
  readonly port?: number;
  readonly protocol?: "tcp" | "udp" | "sctp";
}

/** A ClusterIP Service with one port. */
export function testService(name: string, options: TestService): Service {
  const { ip = "10.96.0.1", port = 80, protocol = "tcp", ...rest } = options;
  return {
    name: `default/${name}` as ServiceName,
    uid: name,
    createdMs: 0,
    type: "ClusterIP",
    clusterIps: [ip as IpAddress],
    externalIps: [],
    loadBalancerIps: [],
    internalTrafficPolicy: "cluster",
    externalTrafficPolicy: "cluster",
    ports: [{ name: "", protocol, port }],
    wishes: { leaveAlone: new Set() },
    ...rest,
  };
}

/** One slice with all endpoints of a Service's ports. */
export function testSlice(
  services: ReadonlyMap<string, Service>,
  name: string,
  { endpoints, port }: {
    readonly endpoints: readonly (string | TestEndpoint)[];
    readonly port: number;
  },
): EndpointSlice {
  const service = services.get(`default/${name}`);
  const all = endpoints.map((one) =>
    typeof one === "string" ? { address: one } : one
  );
  return {
    name: `default/${name}-slice` as SliceName,
    service: `default/${name}` as ServiceName,
    family: all[0]?.address.includes(":") ? "ipv6" : "ipv4",
    ports: (service?.ports ?? []).map((one) => ({
      name: one.name,
      protocol: one.protocol,
      port,
    })),
    endpoints: all.map((one) => {
      const { address, ready = true, terminating = false } = one;
      return {
        address: address as IpAddress,
        ready,
        serving: one.serving ?? ready,
        terminating,
        nodeName: one.node ?? "node-2",
        zoneHints: [],
        nodeHints: [],
      };
    }),
  };
}
