/**
 * Objects as rows, as `kubectl get` asks for them (`as=Table`).
 *
 * @module
 */
import { at, type Json, type JsonObject, listOf, textOf } from "./json.ts";
import type { KindInfo } from "./kinds.ts";

interface Column {
  readonly name: string;
  readonly cell: (object: JsonObject, nowMs: number) => Json;
  /** Above 0: only in wide tables. */
  readonly priority?: number;
}

function age(object: JsonObject, nowMs: number): Json {
  const made = Date.parse(
    textOf(at(object, "metadata", "creationTimestamp")),
  );
  if (Number.isNaN(made)) return "<unknown>";
  const seconds = Math.max(0, Math.floor((nowMs - made) / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

const NAME: Column = {
  name: "Name",
  cell: (object) => textOf(at(object, "metadata", "name")),
};
const AGE: Column = { name: "Age", cell: age };

function joined(values: readonly string[], none: string): string {
  const shown = values.filter((value) => value !== "");
  return shown.length === 0 ? none : shown.join(",");
}

function text(...path: readonly string[]): Column["cell"] {
  return (object) => {
    const value = at(object, ...path);
    return value === undefined || value === null || value === ""
      ? "<none>"
      : String(value);
  };
}

function externalIp(service: JsonObject): Json {
  const type = textOf(at(service, "spec", "type"));
  if (type === "ExternalName") {
    return textOf(at(service, "spec", "externalName"));
  }
  const ingress = listOf(at(service, "status", "loadBalancer", "ingress"))
    .map((item) => textOf(at(item, "ip")) || textOf(at(item, "hostname")));
  const given = listOf(at(service, "spec", "externalIPs")).map(textOf);
  return joined(
    [...ingress, ...given],
    type === "LoadBalancer" ? "<pending>" : "<none>",
  );
}

function servicePorts(service: JsonObject): Json {
  const ports = listOf(at(service, "spec", "ports")).map((port) => {
    const node = at(port, "nodePort");
    const number = String(at(port, "port"));
    const shown = typeof node === "number" && node > 0
      ? `${number}:${node}`
      : number;
    return `${shown}/${textOf(at(port, "protocol")) || "TCP"}`;
  });
  return joined(ports, "<none>");
}

function selector(service: JsonObject): Json {
  const labels = at(service, "spec", "selector") ?? {};
  return joined(
    Object.entries(labels).map(([key, value]) => `${key}=${value}`),
    "<none>",
  );
}

function nodeAddress(wanted: string): Column["cell"] {
  return (node) =>
    joined(
      listOf(at(node, "status", "addresses"))
        .filter((item) => at(item, "type") === wanted)
        .map((item) => textOf(at(item, "address"))),
      "<none>",
    );
}

function nodeStatus(node: JsonObject): Json {
  const ready = listOf(at(node, "status", "conditions"))
    .find((condition) => at(condition, "type") === "Ready");
  if (ready === undefined) return "Unknown";
  return at(ready, "status") === "True" ? "Ready" : "NotReady";
}

function slicePorts(slice: JsonObject): Json {
  return joined(
    listOf(slice["ports"]).map((port) => String(at(port, "port") ?? "")),
    "<unset>",
  );
}

function sliceEndpoints(slice: JsonObject): Json {
  const addresses = listOf(slice["endpoints"])
    .map((endpoint) => textOf(listOf(at(endpoint, "addresses"))[0]));
  const more = addresses.length - 3;
  const shown = joined(addresses.slice(0, 3), "<unset>");
  return more > 0 ? `${shown} + ${more} more...` : shown;
}

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  Service: [
    NAME,
    { name: "Type", cell: text("spec", "type") },
    { name: "Cluster-IP", cell: text("spec", "clusterIP") },
    { name: "External-IP", cell: externalIp },
    { name: "Port(s)", cell: servicePorts },
    AGE,
    { name: "Selector", cell: selector, priority: 1 },
  ],
  EndpointSlice: [
    NAME,
    { name: "AddressType", cell: text("addressType") },
    { name: "Ports", cell: slicePorts },
    { name: "Endpoints", cell: sliceEndpoints },
    AGE,
  ],
  Node: [
    NAME,
    { name: "Status", cell: nodeStatus },
    { name: "Roles", cell: () => "<none>" },
    AGE,
    { name: "Version", cell: text("status", "nodeInfo", "kubeletVersion") },
    {
      name: "Internal-IP",
      cell: nodeAddress("InternalIP"),
      priority: 1,
    },
    {
      name: "External-IP",
      cell: nodeAddress("ExternalIP"),
      priority: 1,
    },
  ],
  Namespace: [
    NAME,
    { name: "Status", cell: text("status", "phase") },
    AGE,
  ],
  Pod: [
    NAME,
    { name: "Status", cell: text("status", "phase") },
    AGE,
    { name: "IP", cell: text("status", "podIP"), priority: 1 },
    { name: "Node", cell: text("spec", "nodeName"), priority: 1 },
  ],
  ServiceCIDR: [
    NAME,
    {
      name: "CIDRs",
      cell: (object) =>
        joined(listOf(at(object, "spec", "cidrs")).map(textOf), "<none>"),
    },
    AGE,
  ],
  Event: [
    AGE,
    { name: "Type", cell: text("type") },
    { name: "Reason", cell: text("reason") },
    {
      name: "Object",
      cell: (event) => {
        const about = at(event, "regarding") ?? at(event, "involvedObject");
        return `${textOf(at(about, "kind")).toLowerCase()}/${
          textOf(at(about, "name"))
        }`;
      },
    },
    {
      name: "Message",
      cell: (event) =>
        textOf(at(event, "note")) || textOf(at(event, "message")),
    },
  ],
};

/** Objects of a kind as a Table. */
export function tableOf(
  info: KindInfo,
  objects: readonly JsonObject[],
  options: { readonly metadata: JsonObject; readonly nowMs: number },
): JsonObject {
  const columns = COLUMNS[info.kind] ?? [NAME, AGE];
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: options.metadata,
    columnDefinitions: columns.map(({ name, priority }) => ({
      name,
      type: "string",
      format: name === "Name" ? "name" : "",
      description: "",
      priority: priority ?? 0,
    })),
    rows: objects.map((object) => ({
      cells: columns.map(({ cell }) => cell(object, options.nowMs)),
      object: {
        kind: "PartialObjectMetadata",
        apiVersion: "meta.k8s.io/v1",
        metadata: at(object, "metadata") ?? {},
      },
    })),
  };
}
