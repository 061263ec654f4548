/**
 * Whose address a server sees, and from which ports a node connects.
 *
 * @module
 */

import { FAMILIES, publish } from "../../guest/mod.ts";
import { type Scene, targetsOf, untilAll, type Wish, wordOf } from "./scene.ts";

const LOCAL = 30;
const LOCAL_PORT = 30_130;
const HOST = 31;
const HOST_PORT = 30_131;
const HAIRPIN = 34;
const HAIRPIN_PORT = 30_134;
/** Connections that the node makes. */
const CONNECTS = 5_000;

/** Policy Local: outside clients stay on the node, inside clients need not. */
export async function policyLocal(scene: Scene): Promise<void> {
  const { driver, cluster, api, node1, node2, web, far, db1, db2 } = scene;
  const { outside } = cluster;
  await publish(api, {
    name: "local",
    number: LOCAL,
    endpoints: [db2],
    nodePort: LOCAL_PORT,
    spec: { externalTrafficPolicy: "Local" },
  });
  const limited = targetsOf(scene, LOCAL, { nodePort: LOCAL_PORT })
    .filter(({ label }) => !label.startsWith("cluster-ip"));
  await driver.step(
    "etp-local-no-local-ep: outside is dropped, inside is answered",
    () =>
      untilAll(
        scene,
        limited.flatMap((to): Wish[] => [
          [outside, to, "timed-out"],
          ...[web, far, node1].map((from): Wish => [from, to, "db-2"]),
          // To a node's own address another node comes from outside.
          [node2, to, to.port === LOCAL_PORT ? "timed-out" : "db-2"],
        ]),
      ),
  );
  await driver.step(
    "etp-local-no-local-ep: with a local endpoint outside keeps its address",
    async () => {
      for (const family of FAMILIES) {
        await api.patch("EndpointSlice", `local-${family}`, {
          endpoints: [db1, db2].map((pod) => ({
            addresses: [pod[family]],
            conditions: { ready: true },
            nodeName: pod.node.name,
          })),
        });
      }
      await untilAll(scene, limited.map((to) => [outside, to, "db-1"]));
      for (const to of limited) {
        const { sourceSeen = "" } = await cluster.dial(outside, to);
        if (!sourceSeen.includes(outside[to.family])) {
          throw new Error(`${to.label}: the server saw ${sourceSeen}`);
        }
      }
    },
  );
}

/** The node's own connections never come from a port of the node ports. */
export async function hostToVip(scene: Scene): Promise<void> {
  const { driver, cluster, api, node1, db1, db2 } = scene;
  await publish(api, {
    name: "host-to-vip",
    number: HOST,
    endpoints: [db1, db2],
    nodePort: HOST_PORT,
  });
  const targets = targetsOf(scene, HOST, { nodePort: HOST_PORT });
  await driver.step(
    `host-to-vip-source: ${CONNECTS} connections from the node, none lost`,
    async () => {
      await untilAll(scene, targets.map((to) => [node1, to, "db-1", "db-2"]));
      const words = new Map<string, number>();
      const ports: number[] = [];
      const one = async (index: number): Promise<void> => {
        const to = targets[index % targets.length];
        if (to === undefined) return;
        const result = await cluster.dial(node1, to);
        const word = wordOf(scene, result);
        words.set(word, (words.get(word) ?? 0) + 1);
        ports.push(Number(result.sourceSeen?.split(":").at(-1) ?? 0));
      };
      for (let start = 0; start < CONNECTS; start += 8) {
        const batch = Array.from({ length: 8 }, (_, at) => one(start + at));
        await Promise.all(batch);
      }
      const counts = [...words].map(([word, count]) => `${word} ${count}`);
      const least = Math.min(...ports);
      const most = Math.max(...ports);
      driver.say(`${counts.join(", ")}; source ports ${least} to ${most}`);
      if (counts.some((text) => !text.startsWith("db-"))) {
        throw new Error(`Not all were answered: ${counts}`);
      }
      if (least < 1024 || most > 29_999) throw new Error(`${least}-${most}`);
    },
  );
}

/** A pod reaches itself, whatever is known of where it is. */
export async function hairpin(scene: Scene): Promise<void> {
  const { driver, api, db1 } = scene;
  await publish(api, {
    name: "hairpin",
    number: HAIRPIN,
    endpoints: [db1],
    nodePort: HAIRPIN_PORT,
    namesNodes: false,
  });
  await driver.step(
    "hairpin-nodename: a pod reaches itself by every kind of frontend",
    () =>
      untilAll(
        scene,
        targetsOf(scene, HAIRPIN, { nodePort: HAIRPIN_PORT })
          .map((to) => [db1, to, "db-1"]),
      ),
  );
}
