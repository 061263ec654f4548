import type { Protocol, ServicePort } from "./types.ts";
import { isPort, isRecord, type JsonRecord, member } from "./json.ts";
import { intern } from "./intern.ts";
import type { Rejections } from "./rejections.ts";
import { readList } from "./service_addresses.ts";
import { isDnsLabel, quote } from "./text.ts";

const PROTOCOLS: ReadonlyMap<unknown, Protocol> = new Map([
  ["TCP", "tcp"],
  ["UDP", "udp"],
  ["SCTP", "sctp"],
]);

/**
 * Protocol of a port; absent counts as TCP, as the API defaults it.
 *
 * @returns undefined when IPVS does not balance it, with a rejection
 */
export function readProtocol(
  value: unknown,
  field: string,
  rejections: Rejections,
): Protocol | undefined {
  const protocol = PROTOCOLS.get(value ?? "TCP");
  if (protocol === undefined) {
    rejections.add(
      field,
      `Cannot balance protocol ${quote(value)}: it must be TCP, UDP or SCTP`,
    );
  }
  return protocol;
}

/**
 * Name of a port; empty is a valid name.
 *
 * @returns undefined when it is not a DNS label, with a rejection
 */
export function readPortName(
  value: unknown,
  field: string,
  rejections: Rejections,
): string | undefined {
  if (value === "") return "";
  if (isDnsLabel(value)) return intern(value);
  rejections.add(
    field,
    `Cannot use port name ${quote(value)}: not a DNS label (RFC 1123)`,
  );
  return undefined;
}

/**
 * Ports of a Service. A port of a protocol that IPVS does not know, or that
 * doubles another one, is left out.
 *
 * @returns undefined when a number or type is wrong, or none is left: the
 * object is malformed
 */
export function readServicePorts(
  spec: unknown,
  rejections: Rejections,
): readonly ServicePort[] | undefined {
  const items = readList(member(spec, "ports"), "spec.ports", rejections);
  if (items === undefined) return undefined;
  const taken = new Set<string>();
  const ports: ServicePort[] = [];
  for (const [index, item] of items.entries()) {
    const field = `spec.ports[${index}]`;
    const port = readServicePort(item, field, rejections);
    if (port === "wrong") return undefined;
    if (port === undefined) continue;
    const names = [`name ${port.name}`, `${port.protocol} ${port.port}`];
    if (names.some((name) => taken.has(name))) {
      rejections.add(field, "Cannot use a port twice: name or number is taken");
      continue;
    }
    names.forEach((name) => taken.add(name));
    ports.push(withoutTakenNodePort(port, { field, taken, rejections }));
  }
  // A copy is as long as it must be; what grew has room for more.
  if (ports.length > 0) return ports.slice();
  rejections.add("spec.ports", "Cannot serve without ports: none is usable");
  return undefined;
}

function withoutTakenNodePort(
  port: ServicePort,
  { field, taken, rejections }: {
    readonly field: string;
    readonly taken: Set<string>;
    readonly rejections: Rejections;
  },
): ServicePort {
  if (port.nodePort === undefined) return port;
  const name = `node ${port.protocol} ${port.nodePort}`;
  if (!taken.has(name)) {
    taken.add(name);
    return port;
  }
  rejections.add(
    `${field}.nodePort`,
    `Cannot use node port ${port.nodePort} twice`,
  );
  return { name: port.name, protocol: port.protocol, port: port.port };
}

function readServicePort(
  item: unknown,
  field: string,
  rejections: Rejections,
): ServicePort | "wrong" | undefined {
  if (!isRecord(item)) {
    rejections.add(field, `Cannot use ${quote(item)}: it must be an object`);
    return "wrong";
  }
  const port = member(item, "port");
  if (!isPort(port)) {
    rejections.add(
      `${field}.port`,
      `Cannot use port ${quote(port)}: it must be 1 to 65535`,
    );
    return "wrong";
  }
  return readPortRest(item, port, { field, rejections });
}

function readPortRest(
  item: JsonRecord,
  port: number,
  { field, rejections }: {
    readonly field: string;
    readonly rejections: Rejections;
  },
): ServicePort | "wrong" | undefined {
  const nodePort = member(item, "nodePort") ?? 0;
  if (nodePort !== 0 && !isPort(nodePort)) {
    rejections.add(
      `${field}.nodePort`,
      `Cannot use port ${quote(nodePort)}: it must be 1 to 65535`,
    );
    return "wrong";
  }
  const protocol = readProtocol(
    member(item, "protocol"),
    `${field}.protocol`,
    rejections,
  );
  const name = readPortName(
    member(item, "name") ?? "",
    `${field}.name`,
    rejections,
  );
  if (protocol === undefined || name === undefined) return undefined;
  return nodePort === 0
    ? { name, protocol, port }
    : { name, protocol, port, nodePort };
}
