/**
 * Options and addresses of a node: 127.0.0.1, addresses that come and go,
 * and one route in place of an address for each Service.
 *
 * @module
 */

import { addressOf, eventually, FAMILIES, publish } from "../../guest/mod.ts";
import {
  expectAll,
  must,
  restartWith,
  type Scene,
  targetsOf,
  untilAll,
  type Wish,
} from "./scene.ts";

const NODE = 50;
const NODE_PORT = 30_150;
const UNOWNED = 250;
const LOOPBACK = { address: "127.0.0.1", port: NODE_PORT };
const COMING = "192.168.50.77";
const ANSWERED_MS = 1_000;
/** Everything is looked at this often. */
const SYNC = "--ipvs-sync-period=5s";

/** Publishes the Service that is asked for. */
export async function publishOnNode(scene: Scene): Promise<void> {
  const { api, cluster, db1, db2 } = scene;
  await publish(api, {
    name: "on-node",
    number: NODE,
    endpoints: [db1, db2],
    nodePort: NODE_PORT,
  });
  await untilAll(
    scene,
    targetsOf(scene, NODE, { nodePort: NODE_PORT }).map((to) => [
      cluster.outside,
      to,
      "db-1",
      "db-2",
    ]),
  );
}

/** A node port answers on an address as soon as the node has it. */
export async function comingAddress(scene: Scene): Promise<void> {
  const { driver, cluster, node1 } = scene;
  const to = { address: COMING, port: NODE_PORT, timeoutMs: 200 };
  await driver.step(
    "nodeport-addr-changes: a new address is answered within a second",
    async () => {
      await restartWith(scene, "--nodeport-addresses=192.168.50.0/24");
      await must(scene, node1, `ip addr add ${COMING}/24 dev eth0`);
      const ms = await untilAll(scene, [[cluster.outside, to, "db-1", "db-2"]]);
      driver.say(`answered after ${ms} ms`);
      if (ms > ANSWERED_MS * scene.patience) {
        throw new Error(`only after ${ms} ms`);
      }
    },
  );
  await driver.step(
    "nodeport-addr-changes: an address that goes takes nothing else along",
    async () => {
      await must(scene, node1, `ip addr del ${COMING}/24 dev eth0`);
      const gone = async (): Promise<boolean> =>
        !(await cluster.ipvs("node-1")).includes(COMING);
      while (!await gone()) {
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      await expectAll(
        scene,
        targetsOf(scene, NODE).map((to) => [
          cluster.outside,
          to,
          "db-1",
          "db-2",
        ]),
      );
      const own = { address: node1.ipv4, port: NODE_PORT };
      await expectAll(scene, [[cluster.outside, own, "db-1", "db-2"]]);
    },
  );
}

/** Node ports on 127.0.0.1: refused, unless asked for. */
export async function localhost(scene: Scene): Promise<void> {
  const { driver, cluster, node1 } = scene;
  await driver.step(
    "nodeport-localhost: refused at once by default",
    () => expectAll(scene, [[node1, LOOPBACK, "refused"]]),
  );
  await driver.step(
    "nodeport-localhost: answered where asked for",
    async () => {
      await restartWith(scene, "--localhost-node-ports");
      await untilAll(scene, [[node1, LOOPBACK, "db-1", "db-2"]]);
      const metrics = await must(
        scene,
        node1,
        "busybox wget -q -O - http://127.0.0.1:10249/metrics",
      );
      if (!/ipvs_localhost_node_port_connections_total [1-9]/.test(metrics)) {
        throw new Error("The connection is not counted");
      }
      await expectAll(scene, [
        [cluster.outside, { ...LOOPBACK, address: node1.ipv4 }, "db-1", "db-2"],
      ]);
    },
  );
}

const clusterIps = FAMILIES.map((family) =>
  addressOf(NODE, "cluster-ip", family)
);

/** A route for each ServiceCIDR in place of an address for each Service. */
export async function routes(scene: Scene): Promise<void> {
  const { driver, cluster, api, node1, web, db1 } = scene;
  await driver.step(
    "thousands-of-addresses: cluster IPs are no addresses of the node",
    async () => {
      await restartWith(scene, "--service-cidr-routes", SYNC);
      // What a former run made goes with the first look at everything.
      await eventually(async () => {
        const text = await addresses(scene);
        for (const address of clusterIps) {
          if (text.includes(address)) throw new Error(text);
        }
      }, { timeoutMs: 20_000 * scene.patience, pauseMs: 500 });
      await untilAll(
        scene,
        [web, node1, cluster.outside].flatMap((from) =>
          targetsOf(scene, NODE, { nodePort: NODE_PORT }).map((to): Wish => [
            from,
            to,
            "db-1",
            "db-2",
          ])
        ),
      );
      const before = await addresses(scene);
      for (let number = 100; number < 110; number++) {
        await publish(api, {
          name: `more-${number}`,
          number,
          endpoints: [db1],
          balancer: [],
          spec: { type: "ClusterIP", externalIPs: [] },
        });
      }
      const to = { address: addressOf(109, "cluster-ip", "ipv6"), port: 80 };
      await untilAll(scene, [[web, to, "db-1"]]);
      const after = await addresses(scene);
      if (after !== before) throw new Error(`${before}\nbecame\n${after}`);
      driver.say(after);
    },
  );
  await whatRoutesBring(scene);
  await withoutRoutes(scene);
}

async function whatRoutesBring(scene: Scene): Promise<void> {
  const { driver, cluster, node1, web } = scene;
  await driver.step(
    "thousands-of-addresses: the node connects from its own address",
    async () => {
      for (const family of FAMILIES) {
        const address = addressOf(NODE, "cluster-ip", family);
        const { source } = await cluster.dial(node1, { address, port: 80 });
        driver.say(`${family}: ${source}`);
        if (source?.includes(address)) throw new Error(`from ${source}`);
      }
    },
  );
  await driver.step(
    "thousands-of-addresses: what no Service owns is refused at once",
    () =>
      expectAll(
        scene,
        [web, node1].flatMap((from) =>
          FAMILIES.flatMap((family) =>
            (["tcp", "udp"] as const).map((protocol): Wish => [from, {
              protocol,
              address: addressOf(UNOWNED, "cluster-ip", family),
              port: 80,
            }, "refused"])
          )
        ),
      ),
  );
}

async function withoutRoutes(scene: Scene): Promise<void> {
  const { driver, node1, web } = scene;
  await driver.step(
    "thousands-of-addresses: without the option all is as before",
    async () => {
      await restartWith(scene, SYNC);
      await untilAll(
        scene,
        [web, node1].flatMap((from) =>
          clusterIps.map((address): Wish => [
            from,
            { address, port: 80 },
            "db-1",
            "db-2",
          ])
        ),
      );
      const list = "route show table local proto 106";
      await eventually(async () => {
        const left = await must(scene, node1, `ip ${list}; ip -6 ${list}`);
        if (left !== "") throw new Error(left);
      }, { timeoutMs: 20_000 * scene.patience, pauseMs: 500 });
    },
  );
}

async function addresses(scene: Scene): Promise<string> {
  const text = await must(
    scene,
    scene.node1,
    "ip -o addr show dev kube-ipvs0",
  );
  const found = text.matchAll(/inet6? ([^/ ]+)/g);
  return [...found].map(([, address]) => address).sort().join(" ");
}
