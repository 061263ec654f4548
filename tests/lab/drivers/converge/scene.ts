/**
 * Two nodes with an agent each and pods on both; node-1's agent is the one
 * that is stopped, killed and replaced, node-2's forgets idle connections soon.
 *
 * @module
 */

import {
  Api,
  CIDR_FLAGS,
  Cluster,
  type Driver,
  FAMILIES,
  nodeObject,
  type Offer,
  type Pod,
  type PortSpec,
  publish,
  routesVia,
  sliceObject,
} from "../../guest/mod.ts";
import {
  must,
  PROTOCOLS,
  type Scene,
  startAgent,
  TARGET_PORT,
  targetsOf,
  untilAll,
  untilReady,
  type Wish,
} from "../packets/scene.ts";
import { FOREIGN } from "./foreign.ts";
import { leaveOldSettings } from "./settings.ts";

/** Seconds after which node-2 forgets idle TCP. */
export const IDLE_SECONDS = 6;
/** Where server pods answer one line and close. */
export const ONCE_PORT = 8082;
/** The host may have other work; nothing here waits for what never comes. */
const PATIENCE = 2;
/** Everything is looked at this often: several times in a run. */
const SYNC = "--ipvs-sync-period=10s";

/** Builds everything and waits until both agents are ready. */
export async function makeScene(driver: Driver): Promise<Scene> {
  const cluster = await Cluster.create(driver);
  const node1 = await cluster.addNode("node-1");
  const node2 = await cluster.addNode("node-2");
  const web = await cluster.addPod("node-1", "web");
  const db1 = await cluster.addPod("node-1", "db-1");
  const far = await cluster.addPod("node-2", "far");
  const db2 = await cluster.addPod("node-2", "db-2");
  for (const pod of [db1, db2]) await serveAll(cluster, pod);
  const api = await Api.start(cluster, CIDR_FLAGS);
  const scene: Scene = {
    ...{ driver, cluster, api, patience: PATIENCE },
    ...{ node1, node2, web, far, db1, db2 },
  };
  await must(scene, cluster.outside, routesVia(node1));
  // SCTP sends again after 3 s by default.
  for (const place of [web, cluster.outside]) {
    await cluster.sysctl(place, { "net.sctp.rto_initial": "300" });
  }
  await must(scene, node1, FOREIGN);
  await leaveOldSettings(cluster, node1);
  for (const node of [node1, node2]) await api.create(nodeObject(node));
  startNode1(scene);
  startAgent(scene, node2, SYNC, `--ipvs-tcp-timeout=${IDLE_SECONDS}s`);
  for (const node of [node1, node2]) await untilReady(scene, node);
  return scene;
}

/** Starts node-1's agent, always the same way. */
export function startNode1(scene: Scene): void {
  startAgent(scene, scene.node1, SYNC);
}

/** Answers in a pod in every way that is asked for. */
export async function serveAll(cluster: Cluster, pod: Pod): Promise<void> {
  for (const protocol of PROTOCOLS) {
    await cluster.serve(pod, { protocol, port: TARGET_PORT });
  }
  await cluster.serve(pod, { port: ONCE_PORT, mode: "once" });
}

/** An endpoint and what is said of it; a pod alone is ready. */
export type Member = Pod | {
  /** The pod. */
  readonly pod: Pod;
  /** Whether it ends, and answers still. */
  readonly terminating: true;
};

/** Publishes a Service with slices of both families. */
export async function offer(scene: Scene, wanted: Offer): Promise<void> {
  await publish(scene.api, { protocols: PROTOCOLS, ...wanted });
  // Slices without endpoints are none to `publish`, and would be missed later.
  if (wanted.endpoints.length === 0) await setEndpoints(scene, wanted, []);
}

/** Makes a Service's slices list these. */
export async function setEndpoints(
  { api }: Scene,
  { name, protocols = PROTOCOLS, targetPort = TARGET_PORT }: Pick<
    Offer,
    "name" | "protocols" | "targetPort"
  >,
  members: readonly Member[],
): Promise<void> {
  const ports: PortSpec[] = protocols.map((protocol) => ({
    ...{ name: protocol, protocol, port: targetPort },
  }));
  for (const family of FAMILIES) {
    const slice = sliceObject(
      name,
      ports,
      members.map((member) => {
        const isEnding = "terminating" in member;
        const pod = isEnding ? member.pod : member;
        return {
          address: pod[family],
          nodeName: pod.node.name,
          ready: !isEnding,
          serving: true,
          terminating: isEnding,
        };
      }),
      `${name}-${family}`,
    );
    const addressType = family === "ipv4" ? "IPv4" : "IPv6";
    await api.apply({ ...slice, addressType });
  }
}

/** Waits until a Service is answered everywhere, in every protocol. */
export async function untilWhole(scene: Scene, number: number): Promise<void> {
  const { web, node1, cluster: { outside } } = scene;
  await untilAll(
    scene,
    [web, node1, outside].flatMap((from) =>
      targetsOf(scene, number).flatMap((to) =>
        PROTOCOLS.map((protocol): Wish => [
          from,
          { ...to, protocol },
          ...["db-1", "db-2"],
        ])
      )
    ),
  );
}

/** Waits. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
