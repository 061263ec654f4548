/**
 * Many dials of pods that are client and endpoint at once: with a port of
 * their own each is answered; with ports that the kernel chooses a few are
 * not, and each of these shared its port with a younger dial to the same
 * endpoint by another VIP (docs/packets.md, "What IPVS cannot tell apart").
 *
 * @module
 */

import {
  addressOf,
  type DialOptions,
  type DialResult,
  drive,
  FAMILIES,
  type Place,
  publish,
} from "../guest/mod.ts";
import { makeScene, type Scene, untilAll } from "./packets/scene.ts";

const NUMBERS = [60, 61, 62, 63, 64, 65, 66, 67] as const;
const PROTOCOLS = ["tcp", "udp"] as const;
const nodePortOf = (number: number): number => 30_100 + number;
/** Below those that the kernel chooses, above those of the lab's servers. */
const OWN_PORTS = { from: 10_000, to: 30_000 } as const;
const SILENCE_MS = 1_000;

/** A dial and when it was under way. */
interface Tried {
  readonly to: DialOptions;
  readonly result: DialResult;
  readonly startMs: number;
  readonly endMs: number;
}

await drive(async (driver) => {
  const dials = Number(driver.config.parameters["dials"] ?? 10_000);
  const scene = await makeScene(driver);
  for (const number of NUMBERS) {
    await publish(scene.api, {
      ...{ name: `hairpin-${number}`, number, nodePort: nodePortOf(number) },
      ...{ protocols: PROTOCOLS, endpoints: [scene.db1] },
    });
  }
  const { db1, node2, web } = scene;
  // By this node's own VIPs, and by the node port of the other node.
  const ways: [
    string,
    (number: number, family: "ipv4" | "ipv6") => {
      readonly address: string;
      readonly port: number;
    },
  ][] = [
    ["cluster IP", (number, family) => ({
      ...{ address: addressOf(number, "cluster-ip", family), port: 80 },
    })],
    ["node port of the other node", (number, family) => ({
      ...{ address: node2[family], port: nodePortOf(number) },
    })],
  ];
  for (const number of NUMBERS) {
    for (const [, way] of ways) {
      await untilAll(
        scene,
        FAMILIES.map((family) => [db1, way(number, family), "db-1"]),
      );
    }
  }
  await driver.step(
    "one UDP port to two VIPs by turns: the first is silent from then on",
    () => byTurns(scene, [db1, web]),
  );
  for (const from of [db1, web]) {
    for (const [name, way] of ways) {
      for (const protocol of PROTOCOLS) {
        const targets = FAMILIES.flatMap((family) =>
          NUMBERS.map((number) => ({
            ...{ ...way(number, family), protocol, timeoutMs: SILENCE_MS },
          }))
        );
        const what = `${from.name} by ${name}, ${protocol}`;
        await driver.step(
          `${what}: with a port of its own every dial is answered`,
          () => own(scene, from, targets, dials),
          { limitMs: 600_000 },
        );
        await driver.step(
          `${what}: with the kernel's ports only those that share one are not`,
          () => chosen(scene, from, targets, dials),
          { limitMs: 600_000 },
        );
      }
    }
  }
});

let nextPort: number = OWN_PORTS.from;

/** IPVS remembers a UDP flow that has ended: the newer one gets the answers. */
async function byTurns(scene: Scene, clients: readonly Place[]): Promise<void> {
  for (const from of clients) {
    for (const family of FAMILIES) {
      const words: string[] = [];
      for (const number of [60, 61, 60, 61]) {
        const { answeredBy = "silent" } = await scene.cluster.dial(from, {
          ...{ protocol: "udp", port: 80, sourcePort: OWN_PORTS.from - 1 },
          ...{ address: addressOf(number, "cluster-ip", family) },
          timeoutMs: SILENCE_MS,
        });
        words.push(answeredBy);
      }
      scene.driver.say(`${from.name}, ${family}: ${words.join(", ")}`);
      if (words.join() !== "db-1,db-1,silent,db-1") {
        throw new Error(words.join());
      }
    }
  }
}

async function own(
  scene: Scene,
  from: Place,
  targets: readonly DialOptions[],
  dials: number,
): Promise<void> {
  const all = await tryAll(scene, from, dials / 4, (at) => {
    nextPort = nextPort === OWN_PORTS.to ? OWN_PORTS.from : nextPort + 1;
    return { ...pick(targets, at), sourcePort: nextPort };
  });
  const silent = all.filter(({ result }) => result.answeredBy === undefined);
  scene.driver.say(`${all.length} dials, ${silent.length} not answered`);
  if (silent.length > 0) throw new Error(JSON.stringify(silent.slice(0, 5)));
}

async function chosen(
  scene: Scene,
  from: Place,
  targets: readonly DialOptions[],
  dials: number,
): Promise<void> {
  const all = await tryAll(scene, from, dials, (at) => pick(targets, at));
  const silent = all.filter(({ result }) => result.answeredBy === undefined);
  const alone = silent.filter((one) =>
    !all.some((other) => other !== one && isTwin(one, other))
  );
  scene.driver.say(
    `${all.length} dials, ${silent.length} not answered, ` +
      `${alone.length} of them shared no port`,
  );
  if (alone.length > 0) throw new Error(JSON.stringify(alone.slice(0, 5)));
}

function pick(targets: readonly DialOptions[], at: number): DialOptions {
  const target = targets[at % targets.length];
  if (target === undefined) throw new Error("no target");
  return target;
}

/** Whether the other one used the same port, in the same family, meanwhile. */
function isTwin(one: Tried, other: Tried): boolean {
  return one.result.source !== undefined &&
    one.result.source === other.result.source &&
    (one.to.address !== other.to.address || one.to.port !== other.to.port) &&
    other.startMs < one.endMs && other.endMs > one.startMs;
}

/** Dials one after the other, as many at once as there are targets. */
async function tryAll(
  scene: Scene,
  from: Place,
  dials: number,
  optionsOf: (at: number) => DialOptions,
): Promise<Tried[]> {
  const all: Tried[] = [];
  let at = 0;
  const lanes = Array.from({ length: NUMBERS.length * 2 }, async () => {
    while (at < dials) {
      const to = optionsOf(at++);
      const startMs = performance.now();
      const result = await scene.cluster.dial(from, to);
      all.push({ to, result, startMs, endMs: performance.now() });
    }
  });
  await Promise.all(lanes);
  return all;
}
