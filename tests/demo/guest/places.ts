/**
 * Nodes and pods as tables.
 *
 * @module
 */

import type { ClusterNode, Pod } from "../../lab/guest/mod.ts";
import { formatTable } from "../text.ts";

/** Nodes with their addresses. */
export function nodesTable(nodes: readonly ClusterNode[]): readonly string[] {
  return formatTable([
    ["NODE", "ADDRESS", "PODS"],
    ...nodes.map(({ name, ipv4, podCidr4 }) => [name, ipv4, podCidr4]),
  ]);
}

/** Pods with their addresses and nodes. */
export function podsTable(pods: readonly Pod[]): readonly string[] {
  return formatTable([
    ["POD", "ADDRESS", "NODE"],
    ...pods.map(({ name, ipv4, node }) => [name, ipv4, node.name]),
  ]);
}
