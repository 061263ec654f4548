/**
 * Connections on which nothing is said for long.
 *
 * @module
 */

import {
  addressOf,
  type Connection,
  type DialOptions,
  type Place,
} from "../../guest/mod.ts";
import { must, type Scene, untilAll, wordOf } from "../packets/scene.ts";
import { IDLE_SECONDS, offer, sleep } from "./scene.ts";

const SERVICE = { name: "idle", number: 23, nodePort: 30_023 } as const;
const BEFORE_MS = (IDLE_SECONDS - 2) * 1_000;
const AFTER_MS = (IDLE_SECONDS + 3) * 1_000;
const ANSWER_MS = 3_000;
/** TCP keepalive says something after so long; the kernel's own limit is 900. */
const KEEPALIVE_SECONDS = 7_200;

/** Begins the silence on node-2; call what it returns to see how it ended. */
export async function idle(scene: Scene): Promise<() => Promise<void>> {
  const { driver, cluster, far, node2, db1, db2 } = scene;
  await offer(scene, { ...SERVICE, endpoints: [db1, db2] });
  const vip = (family: "ipv4" | "ipv6") => ({
    address: addressOf(SERVICE.number, "cluster-ip", family),
    port: 80,
  });
  const clients: [string, Place, DialOptions][] = [
    ["pod", far, vip("ipv4")],
    ["pod, IPv6", far, vip("ipv6")],
    ["node", node2, vip("ipv4")],
    ["node, IPv6", node2, vip("ipv6")],
    ["outside", cluster.outside, {
      address: node2.ipv4,
      port: SERVICE.nodePort,
    }],
    ["outside, IPv6", cluster.outside, {
      address: node2.ipv6,
      port: SERVICE.nodePort,
    }],
  ];
  await untilAll(
    scene,
    clients.map(([, from, to]) => [from, to, "db-1", "db-2"]),
  );
  const silent = Promise.all(clients.map(async ([label, from, to]) => {
    const kept = await cluster.connect(from, to);
    return `${label}: ${await afterSilence(scene, kept)}`;
  })).then((lines) => ({ lines }), (error) => ({ error }));
  return async () => {
    await driver.step(
      "idle-900s: where nothing is said of it, idle TCP outlives its keepalive",
      () => expectPatience(scene),
    );
    await driver.step(
      "idle-900s: idle for less than the timeout goes on, for more gets RST, never silence",
      async () => {
        const outcome = await silent;
        if ("error" in outcome) throw outcome.error;
        for (const line of outcome.lines) driver.say(line);
        const wrong = outcome.lines.filter((line) =>
          !/: db-\d, then reset$/.test(line)
        );
        if (wrong.length > 0) throw new Error(wrong.join("\n"));
      },
    );
  };
}

async function expectPatience(scene: Scene): Promise<void> {
  const text = await must(scene, scene.node1, "ipvsadm -L --timeout");
  scene.driver.say(text.trim());
  const seconds = Number(/: (\d+) /.exec(text)?.[1]);
  if (!(seconds > KEEPALIVE_SECONDS)) throw new Error(text);
}

async function afterSilence(scene: Scene, kept: Connection): Promise<string> {
  await sleep(BEFORE_MS);
  const first = wordOf(scene, await kept.ask(ANSWER_MS));
  await sleep(AFTER_MS);
  const second = wordOf(scene, await kept.ask(ANSWER_MS));
  await kept.close();
  return `${first}, then ${second}`;
}
