/**
 * Transfers that outlive the end of their pod's readiness, and the node that
 * dies under them.
 *
 * @module
 */

import {
  addressOf,
  eventually,
  type Stream,
  type StreamOptions,
  type StreamResult,
} from "../../guest/mod.ts";
import type { Place } from "../../guest/mod.ts";
import { ask, must, type Scene, untilAll } from "../packets/scene.ts";
import { offer, serveAll, setEndpoints, sleep } from "./scene.ts";

const SERVICE = { name: "graceful", number: 21, nodePort: 30_021 } as const;
const DIALS = 40;

/** A transfer that is under way. */
interface Transfer {
  readonly label: string;
  readonly stream: Stream;
}

/** Transfers to a pod that has begun to end. */
export interface Transfers {
  /** Fails unless all of them go on, having said something lately. */
  check(): Promise<void>;
  /**
   * Ends them when they are so old, and the pod; call what it returns to see
   * that the kernel has forgotten it.
   */
  finish(lengthMs: number): Promise<() => Promise<void>>;
}

/** Opens transfers to db-1 and has it end gracefully. */
export async function gracefulEnd(scene: Scene): Promise<Transfers> {
  const { driver, cluster, node1, db1, db2 } = scene;
  await offer(scene, { ...SERVICE, endpoints: [db1] });
  const starts = transfersOf(scene);
  await untilAll(
    scene,
    starts.map(([, from, to]) => [from, to, "db-1"]),
  );
  const transfers = await Promise.all(starts.map(async ([label, from, to]) => (
    { label, stream: await cluster.stream(from, to) }
  )));
  await driver.step(
    "graceful-close: no new connection lands on a pod that ends, TCP and SCTP",
    async () => {
      await sleep(500);
      await setEndpoints(scene, SERVICE, [
        { pod: db1, terminating: true },
        db2,
      ]);
      await untilAll(
        scene,
        starts.map(([, from, to]) => [from, to, "db-2"]),
      );
      for (const [, from, to] of starts) {
        for (let dial = 0; dial < DIALS / 4; dial++) {
          const word = await ask(scene, from, to);
          if (word !== "db-2") throw new Error(`${from.name}: ${word}`);
        }
      }
      await eventually(async () => {
        const line = (await cluster.ipvs(node1.name)).split("\n").find((one) =>
          one.includes(`-t ${starts[0]?.[2].address}:80 -r ${db1.ipv4}:`)
        );
        if (!line?.endsWith("-w 0")) throw new Error(line ?? "none");
      });
      await checkAll(transfers);
    },
  );
  return {
    check: () => checkAll(transfers),
    finish: (lengthMs) => finish(scene, transfers, lengthMs),
  };
}

/** Clients of each kind, TCP and SCTP, both families. */
function transfersOf(
  { web, node1, cluster: { outside } }: Scene,
): [string, Place, StreamOptions][] {
  const { number, nodePort } = SERVICE;
  const vip = (family: "ipv4" | "ipv6") => ({
    address: addressOf(number, "cluster-ip", family),
    port: 80,
  });
  return [
    ["pod, TCP", web, vip("ipv4")],
    ["pod, SCTP", web, { ...vip("ipv4"), protocol: "sctp", chunkBytes: 1_000 }],
    ["pod, TCP, IPv6", web, vip("ipv6")],
    ["outside, TCP, node port", outside, {
      address: node1.ipv4,
      port: nodePort,
    }],
    ["outside, SCTP, IPv6", outside, {
      address: addressOf(number, "load-balancer", "ipv6"),
      ...{ port: 80, protocol: "sctp", chunkBytes: 1_000 },
    }],
    ["node, TCP", node1, vip("ipv4")],
  ];
}

async function checkAll(transfers: readonly Transfer[]): Promise<void> {
  for (const { label, stream } of transfers) {
    const before = await stream.look();
    await eventually(async () => {
      expectWhole(label, await stream.look(), before.answered);
    }, { timeoutMs: 3_000, pauseMs: 50 });
  }
}

function expectWhole(label: string, seen: StreamResult, after = 0): void {
  const isWhole = seen.failure === undefined && seen.by.length === 1 &&
    seen.by[0]?.includes('"db-1"') && seen.answered > after;
  if (!isWhole) throw new Error(`${label}: ${JSON.stringify(seen)}`);
}

async function finish(
  scene: Scene,
  transfers: readonly Transfer[],
  lengthMs: number,
): Promise<() => Promise<void>> {
  const { driver, db2 } = scene;
  await driver.step(
    "graceful-close: transfers end whole, then the pod leaves",
    async () => {
      for (const { stream } of transfers) {
        const { ms } = await stream.look();
        if (ms < lengthMs) await sleep(lengthMs - ms);
      }
      for (const { label, stream } of transfers) {
        const seen = await stream.stop();
        driver.say(
          `${label}: ${seen.answered} of ${seen.sent} chunks in ${seen.ms} ms`,
        );
        expectWhole(label, seen);
        if (seen.answered !== seen.sent) throw new Error(`${label}: cut`);
      }
      await setEndpoints(scene, SERVICE, [db2]);
    },
    { limitMs: lengthMs + 60_000 },
  );
  return async () => {
    await driver.step(
      "graceful-close: the pod has left the kernel when its connections are over",
      () => left(scene),
    );
  };
}

/** What has ended counts as open until IPVS forgets it: 60 s at the longest. */
async function left({ driver, cluster, node1, db1 }: Scene): Promise<void> {
  const address = addressOf(SERVICE.number, "cluster-ip", "ipv4");
  const ms = await eventually(async () => {
    const lines = (await cluster.ipvs(node1.name)).split("\n").filter((line) =>
      line.includes(` ${address}:80 -r ${db1.ipv4}:`)
    );
    if (lines.length > 0) throw new Error(lines.join("\n"));
  }, { timeoutMs: 80_000, pauseMs: 500 });
  driver.say(`gone after ${ms} ms more`);
}

const CRASH = { name: "crash", number: 22, nodePort: 30_022 } as const;
const LIMIT_SECONDS = 2;
/**
 * A client that has sent into the void sends again after 0.2, 0.4, 0.8 s and
 * so on: the sixth time is 12.6 s after the first.
 */
const RESEND_MS = 12_000;

/** A node dies: nobody says goodbye. */
export async function nodeCrash(scene: Scene): Promise<void> {
  const { driver, cluster, db2 } = scene;
  const dead = await cluster.addPod("node-2", "dead");
  await serveAll(cluster, dead);
  const annotations = {
    "ipvs.kube-proxy.io/drain-limit": `${LIMIT_SECONDS}s`,
  };
  await offer(scene, { ...CRASH, annotations, endpoints: [dead] });
  const clients = crashClients(scene);
  await untilAll(scene, clients.map(([, from, to]) => [from, to, "dead"]));
  await driver.step(
    "node-crash-15min: clients get an error soon after the drain limit",
    async () => {
      const idle = await Promise.all(
        clients.map(([, from, to]) => cluster.connect(from, to)),
      );
      const busy = await Promise.all(
        clients.map(([, from, to]) => cluster.stream(from, to)),
      );
      await sleep(500);
      const startMs = performance.now();
      await must(scene, dead, "ip link set eth0 down");
      await setEndpoints(scene, CRASH, [db2]);
      await expectErrors(scene, busy, clients.map(([label]) => label));
      const ms = Math.round(performance.now() - startMs);
      driver.say(`the last one after ${ms} ms`);
      for (const [at, one] of idle.entries()) {
        const result = await one.ask(3_000);
        const [label] = clients[at] ?? [""];
        driver.say(`${label}, idle: ${result.failure} after ${result.ms} ms`);
        if (result.failure !== "reset") throw new Error(JSON.stringify(result));
        await one.close();
      }
      for (const [, from, to] of clients) {
        const word = await ask(scene, from, to);
        if (word !== "db-2") throw new Error(`${from.name}: ${word}`);
      }
    },
  );
  await cluster.deletePod("dead", { abrupt: true });
}

function crashClients(scene: Scene): [string, Place, StreamOptions][] {
  const { web, node1, cluster: { outside } } = scene;
  const { number, nodePort } = CRASH;
  const vip = (family: "ipv4" | "ipv6") => ({
    address: addressOf(number, "cluster-ip", family),
    port: 80,
  });
  return [
    ["pod", web, vip("ipv4")],
    ["pod, IPv6", web, vip("ipv6")],
    ["pod, SCTP", web, { ...vip("ipv4"), protocol: "sctp", chunkBytes: 1_000 }],
    ["outside, node port", outside, { address: node1.ipv4, port: nodePort }],
    ["node", node1, vip("ipv4")],
  ];
}

async function expectErrors(
  { driver }: Scene,
  streams: readonly Stream[],
  labels: readonly string[],
): Promise<void> {
  const startMs = performance.now();
  const limitMs = LIMIT_SECONDS * 1_000 + RESEND_MS;
  const open = new Set(streams.keys());
  while (open.size > 0) {
    for (const at of [...open]) {
      const seen = await streams[at]?.look();
      if (seen?.failure === undefined) continue;
      open.delete(at);
      const ms = Math.round(performance.now() - startMs);
      driver.say(`${labels[at]}: ${seen.errorName} after ${ms} ms`);
      if (seen.failure !== "reset") throw new Error(JSON.stringify(seen));
    }
    if (performance.now() - startMs > limitMs) {
      const left = [...open].map((at) => labels[at]);
      throw new Error(`no error after ${limitMs} ms: ${left.join(", ")}`);
    }
    await sleep(50);
  }
}
