import type {
  Decoded,
  EndpointSlice,
  IpFamily,
  ServiceName,
  SliceEndpoint,
  SliceName,
  SlicePort,
} from "./types.ts";
import { familyOf, parseIpAddress, specialRange } from "./address.ts";
import { intern } from "./intern.ts";
import { isPort, isRecord, member, parseTimeMs, path } from "./json.ts";
import { readNamespacedName } from "./namespaced.ts";
import { objectText, Rejections } from "./rejections.ts";
import { readList } from "./service_addresses.ts";
import { readPortName, readProtocol } from "./service_ports.ts";
import { isDnsSubdomain, quote } from "./text.ts";

/** Label that names the Service of a slice. */
export const SERVICE_NAME_LABEL = "kubernetes.io/service-name";
/** Label of slices that are for headless Services. */
export const HEADLESS_LABEL = "service.kubernetes.io/headless";
const TRIGGER_ANNOTATION = "endpoints.kubernetes.io/last-change-trigger-time";
/** Longest node name or zone that is read, in characters. */
const MAX_NAME_LENGTH = 253;
/** Most hints of one endpoint; the API allows eight of each kind. */
const MAX_HINTS = 64;
const NO_NAMES: readonly string[] = [];

/**
 * Reads an EndpointSlice of the API (behaviour 1.3). Never throws, whatever
 * the value is.
 */
export function decodeEndpointSlice(object: unknown): Decoded<EndpointSlice> {
  const rejections = new Rejections(objectText("EndpointSlice", object));
  const name = readNamespacedName(object, rejections);
  if (name === undefined) return rejections.malformed();
  const service = path(object, "metadata", "labels", SERVICE_NAME_LABEL) ?? "";
  const absence = whyAbsent(object, service);
  if (absence !== undefined) return { kind: "absent", reason: absence };
  const family = readFamily(object, rejections);
  if (family === undefined) return rejections.malformed();
  if (!isDnsSubdomain(service)) {
    rejections.add(
      `metadata.labels["${SERVICE_NAME_LABEL}"]`,
      `Cannot use ${quote(service)}: not the name of a Service`,
    );
    return rejections.malformed();
  }
  const ports = readSlicePorts(object, rejections);
  const endpoints = readEndpoints(object, family, rejections);
  if (ports === undefined || endpoints === undefined) {
    return rejections.malformed();
  }
  const namespace = name.slice(0, name.indexOf("/"));
  const value: EndpointSlice = {
    name: name as SliceName,
    service: intern(`${namespace}/${service}`) as ServiceName,
    family,
    ports,
    endpoints,
    ...readTrigger(object),
  };
  return { kind: "object", value, rejections: rejections.all() };
}

function whyAbsent(object: unknown, service: unknown): string | undefined {
  const headless = path(object, "metadata", "labels", HEADLESS_LABEL);
  if (headless !== undefined) return "headless";
  if (service === "") return "no Service is named by label";
  return member(object, "addressType") === "FQDN"
    ? "address type FQDN"
    : undefined;
}

function readFamily(
  object: unknown,
  rejections: Rejections,
): IpFamily | undefined {
  const type = member(object, "addressType");
  if (type === "IPv4") return "ipv4";
  if (type === "IPv6") return "ipv6";
  rejections.add(
    "addressType",
    `Cannot use ${quote(type)}: it must be IPv4 or IPv6`,
  );
  return undefined;
}

function readTrigger(object: unknown): Pick<EndpointSlice, "triggerMs"> {
  const triggerMs = parseTimeMs(
    path(object, "metadata", "annotations", TRIGGER_ANNOTATION),
  );
  return triggerMs === undefined ? {} : { triggerMs };
}

/** Ports; one without a name or number says "all ports" and is left out. */
function readSlicePorts(
  object: unknown,
  rejections: Rejections,
): readonly SlicePort[] | undefined {
  const items = readList(member(object, "ports"), "ports", rejections);
  if (items === undefined) return undefined;
  const ports: SlicePort[] = [];
  const names = new Set<unknown>();
  for (const [index, item] of items.entries()) {
    const field = `ports[${index}]`;
    const number = member(item, "port") ?? 0;
    if (!isRecord(item) || (number !== 0 && !isPort(number))) {
      rejections.add(field, `Cannot use port ${quote(member(item, "port"))}`);
      return undefined;
    }
    const nameText = member(item, "name");
    if (number === 0 || nameText === undefined) continue;
    if (names.has(nameText)) {
      rejections.add(field, "Cannot use two ports of one name in one slice");
      continue;
    }
    names.add(nameText);
    const name = readPortName(nameText, `${field}.name`, rejections);
    const protocol = readProtocol(
      member(item, "protocol"),
      `${field}.protocol`,
      rejections,
    );
    if (name === undefined || protocol === undefined) continue;
    ports.push({ name, protocol, port: number });
  }
  return ports.slice();
}

function readEndpoints(
  object: unknown,
  family: IpFamily,
  rejections: Rejections,
): readonly SliceEndpoint[] | undefined {
  const items = readList(member(object, "endpoints"), "endpoints", rejections);
  if (items === undefined) return undefined;
  const endpoints: SliceEndpoint[] = [];
  for (const [index, item] of items.entries()) {
    const field = `endpoints[${index}]`;
    if (!isRecord(item)) {
      rejections.add(field, `Cannot use ${quote(item)}: it must be an object`);
      return undefined;
    }
    const endpoint = readEndpoint(item, family, { field, rejections });
    if (endpoint !== undefined) endpoints.push(endpoint);
  }
  return endpoints;
}

function readEndpoint(
  item: unknown,
  family: IpFamily,
  { field, rejections }: {
    readonly field: string;
    readonly rejections: Rejections;
  },
): SliceEndpoint | undefined {
  const addresses = member(item, "addresses");
  const text = Array.isArray(addresses) ? addresses[0] : undefined;
  if (text === undefined) return undefined;
  const address = typeof text === "string" ? parseIpAddress(text) : undefined;
  if (
    address === undefined || familyOf(address) !== family ||
    specialRange(address) !== undefined
  ) {
    rejections.add(
      `${field}.addresses[0]`,
      `Cannot use ${quote(text)}: not a pod's ${family} address`,
    );
    return undefined;
  }
  const conditions = member(item, "conditions");
  const ready = member(conditions, "ready") !== false;
  const nodeName = readShortText(member(item, "nodeName"));
  const zone = readShortText(member(item, "zone"));
  const hints = member(item, "hints");
  return {
    address,
    ready,
    serving: (member(conditions, "serving") ?? ready) !== false,
    terminating: member(conditions, "terminating") === true,
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(zone === undefined ? {} : { zone }),
    zoneHints: readHints(member(hints, "forZones")),
    nodeHints: readHints(member(hints, "forNodes")),
  };
}

function readShortText(value: unknown): string | undefined {
  if (typeof value !== "string" || value === "") return undefined;
  return value.length > MAX_NAME_LENGTH ? undefined : intern(value);
}

function readHints(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0) return NO_NAMES;
  const names = value.slice(0, MAX_HINTS).map((hint) =>
    readShortText(member(hint, "name"))
  ).filter((name) => name !== undefined);
  return names.length === 0 ? NO_NAMES : names;
}
