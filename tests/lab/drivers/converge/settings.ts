/**
 * Kernel settings as an older proxy may have left them, with which clients
 * are held to pods that are gone.
 *
 * @module
 */

import type { Cluster, ClusterNode } from "../../guest/mod.ts";
import type { Scene } from "../packets/scene.ts";

/** What an older proxy may have left, and what has to be there. */
const SETTINGS: Readonly<Record<string, readonly [old: string, new_: string]>> =
  {
    "net.ipv4.vs.conn_reuse_mode": ["0", "1"],
    "net.ipv4.vs.expire_nodest_conn": ["0", "1"],
    "net.ipv4.vs.expire_quiescent_template": ["0", "1"],
  };

/** Sets them as an older proxy did, whatever the kernel's defaults are. */
export async function leaveOldSettings(
  cluster: Cluster,
  node: ClusterNode,
): Promise<void> {
  await cluster.sysctl(
    node,
    Object.fromEntries(
      Object.entries(SETTINGS).map(([name, [old]]) => [name, old]),
    ),
  );
}

/** Fails unless all are put right on node-1. */
export async function expectSettings(
  { driver, cluster, node1 }: Scene,
): Promise<void> {
  for (const [name, [, wanted]] of Object.entries(SETTINGS)) {
    const path = `/proc/sys/${name.replaceAll(".", "/")}`;
    const value = (await cluster.readProc(node1, path)).trim();
    driver.say(`${name} = ${value}`);
    if (value !== wanted) throw new Error(`${name} is ${value}`);
  }
}
