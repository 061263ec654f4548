/**
 * Source ports that collide.
 *
 * @module
 */

import {
  addressOf,
  type DialOptions,
  FAMILIES,
  type Place,
  publish,
} from "../../guest/mod.ts";
import {
  expectAll,
  type Scene,
  targetsOf,
  untilAll,
  type Wish,
  wordOf,
} from "./scene.ts";

const PROTOCOLS = ["tcp", "udp"] as const;
const FIRST = 32;
const SECOND = 33;
const THIRD = 35;
const OTHER_TARGET = 8081;
let nextPort = 20_000;

/**
 * One port of a client, two Services, one endpoint: IPVS finds the connection
 * of an answer by client and endpoint alone, and takes the newest.
 */
export async function portCollision(scene: Scene): Promise<void> {
  const { driver, cluster, api, node1, web, far, db1 } = scene;
  for (const protocol of PROTOCOLS) {
    await cluster.serve(db1, { protocol, port: OTHER_TARGET });
  }
  const offers = [["first", FIRST, 8080], ["second", SECOND, 8080], [
    "third",
    THIRD,
    OTHER_TARGET,
  ]] as const;
  for (const [name, number, targetPort] of offers) {
    const endpoints = [db1];
    await publish(api, {
      name,
      number,
      endpoints,
      protocols: PROTOCOLS,
      targetPort,
    });
  }
  const clients = [web, far, node1, cluster.outside];
  await untilAll(
    scene,
    clients.flatMap((from) =>
      offers.flatMap(([, number]) =>
        targetsOf(scene, number).map((to): Wish => [from, to, "db-1"])
      )
    ),
  );
  await driver.step(
    "port-collision-two-vips: one after the other, both are answered",
    () =>
      each(clients, async (from, dial) => {
        for (const number of [FIRST, SECOND]) {
          await expectAll(scene, [[from, dial(number), "db-1"]]);
        }
      }),
  );
  await driver.step(
    "port-collision-two-vips: at once, with target ports of their own",
    () =>
      each(clients, async (from, dial) => {
        const words = await atOnce(scene, from, dial(FIRST), dial(THIRD));
        if (words !== "db-1 db-1 db-1") {
          throw new Error(`${from.name}: ${words}`);
        }
      }),
  );
  await driver.step(
    "port-collision-two-vips: at once, the newest is answered (docs/packets.md)",
    () =>
      each(clients, async (from, dial) => {
        const words = await atOnce(scene, from, dial(FIRST), dial(SECOND));
        const isNode = from === node1;
        // A node's own connection comes from the VIP, so it is another one.
        const wanted = isNode ? "db-1 db-1 db-1" : "db-1 db-1 timed-out";
        if (words !== wanted) throw new Error(`${from.name}: ${words}`);
      }),
  );
}

/** Every client, family and protocol, each from a port of its own. */
async function each(
  clients: readonly Place[],
  body: (from: Place, dial: (number: number) => DialOptions) => Promise<void>,
): Promise<void> {
  for (const from of clients) {
    for (const family of FAMILIES) {
      for (const protocol of PROTOCOLS) {
        const sourcePort = nextPort++;
        await body(from, (number) => ({
          protocol,
          address: addressOf(number, "cluster-ip", family),
          port: 80,
          sourcePort,
        }));
      }
    }
  }
}

/** Opens one, opens the other, asks the first again. */
async function atOnce(
  scene: Scene,
  from: Place,
  first: DialOptions,
  second: DialOptions,
): Promise<string> {
  const kept = await scene.cluster.connect(from, first);
  const other = await scene.cluster.dial(from, second);
  const again = await kept.ask(500 * scene.patience);
  await kept.close();
  return [kept.first, other, again].map((one) => wordOf(scene, one)).join(" ");
}
