/**
 * The documents with which clients find out what the server has.
 *
 * @module
 */
import { compact, type Json, type JsonObject } from "./json.ts";
import { apiVersionOf, type KindInfo, KINDS } from "./kinds.ts";
import version from "./recordings/version.json" with { type: "json" };

const VERBS = [
  "create",
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "update",
  "watch",
];

function resourcesOf(info: KindInfo): readonly JsonObject[] {
  const main = compact({
    name: info.plural,
    singularName: info.singular,
    namespaced: info.namespaced,
    kind: info.kind,
    verbs: VERBS,
    shortNames: info.shortNames.length === 0 ? undefined : info.shortNames,
    storageVersionHash: `${info.kind.slice(0, 6).padEnd(10, "A")}A=`,
  });
  if (!info.hasStatus) return [main];
  return [main, {
    name: `${info.plural}/status`,
    singularName: "",
    namespaced: info.namespaced,
    kind: info.kind,
    verbs: ["get", "patch", "update"],
  }];
}

function resourceList(groupVersion: string): JsonObject | undefined {
  const kinds = KINDS.filter((info) => apiVersionOf(info) === groupVersion);
  if (kinds.length === 0) return undefined;
  return compact({
    kind: "APIResourceList",
    apiVersion: groupVersion === "v1" ? undefined : "v1",
    groupVersion,
    resources: kinds.flatMap(resourcesOf),
  });
}

function groups(): readonly JsonObject[] {
  const names = new Set(KINDS.map(({ group }) => group));
  names.delete("");
  return [...names].map((name) => {
    const groupVersion = { groupVersion: `${name}/v1`, version: "v1" };
    return { name, versions: [groupVersion], preferredVersion: groupVersion };
  });
}

/** The document at a path; undefined when there is none. */
export function discoveryDocument(
  path: string,
  address: string,
): Json | undefined {
  const parts = path.split("/").filter((part) => part !== "");
  switch (parts.join("/")) {
    case "version":
      return version;
    case "api":
      return {
        kind: "APIVersions",
        versions: ["v1"],
        serverAddressByClientCIDRs: [
          { clientCIDR: "0.0.0.0/0", serverAddress: address },
        ],
      };
    case "apis":
      return { kind: "APIGroupList", apiVersion: "v1", groups: groups() };
    case "openapi/v3":
      return { paths: {} };
    case "":
      return {
        paths: ["/api", "/api/v1", "/apis", "/healthz", "/version"],
      };
  }
  if (parts[0] === "api" && parts.length === 2) {
    return resourceList(parts[1] ?? "");
  }
  if (parts[0] !== "apis") return undefined;
  if (parts.length === 3) return resourceList(`${parts[1]}/${parts[2]}`);
  const group = groups().find(({ name }) => name === parts[1]);
  if (parts.length !== 2 || group === undefined) return undefined;
  return { kind: "APIGroup", apiVersion: "v1", ...group };
}
