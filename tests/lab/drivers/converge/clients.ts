/**
 * Clients that stay: on a source port, on an endpoint, on a Service that goes.
 *
 * @module
 */

import {
  addressOf,
  type Cluster,
  type Connection,
  type DialOptions,
  type DialResult,
  eventually,
  type Place,
  type Pod,
} from "../../guest/mod.ts";
import { type Scene, untilAll, wordOf } from "../packets/scene.ts";
import { freshPort } from "./flows.ts";
import { lostFirsts } from "./loads.ts";
import { offer, ONCE_PORT, serveAll, setEndpoints, sleep } from "./scene.ts";

const REUSED = {
  name: "reused",
  number: 27,
  protocols: ["tcp"],
  targetPort: ONCE_PORT,
} as const;
const CONNECTS = 100;
/** A first packet that is dropped costs 1 s. */
const DELAY_MS = 900;

/** One client, one source port, one short connection after the other. */
export async function portReuse(scene: Scene): Promise<void> {
  const { driver, cluster, web, node1, db1, db2 } = scene;
  await offer(scene, { ...REUSED, endpoints: [db1, db2] });
  const clients = [
    [web, "ipv4"],
    [node1, "ipv4"],
    [cluster.outside, "ipv6"],
  ] as const;
  await untilAll(
    scene,
    clients.map(([from]) => [from, vip(REUSED.number), "db-1", "db-2"]),
  );
  await driver.step(
    "conn-reuse-dead-pod: a reused source port reaches live endpoints only, without delay",
    async () => {
      for (const [from, family] of clients) {
        await setEndpoints(scene, REUSED, [db1, db2]);
        const to = {
          ...vip(REUSED.number, family),
          sourcePort: freshPort(),
          untilClosed: true,
        };
        // Whom the client had last is whom an entry would hold it to.
        const last = await reused(scene, from, to, [db1, db2]);
        const [gone, heir] = last === "db-1" ? [db1, db2] : [db2, db1];
        await setEndpoints(scene, REUSED, [heir]);
        await eventually(async () => {
          const lines = await cluster.ipvs(node1.name);
          if (!isQuiescent(lines, to.address, gone[family])) {
            throw new Error(lines);
          }
        }, { pauseMs: 10 });
        await reused(scene, from, to, [heir]);
      }
    },
  );
}

/** Weight 0, or gone: nothing else is in question. */
function isQuiescent(lines: string, address: string, pod: string): boolean {
  const own = lines.split("\n").find((line) =>
    line.startsWith("-a") && line.includes(`${address}`) && line.includes(pod)
  );
  return own === undefined || own.endsWith(" -w 0");
}

/** All connects are answered by these, and none is late; the last one's. */
async function reused(
  { driver, cluster }: Scene,
  from: Place,
  to: DialOptions,
  pods: readonly Pod[],
): Promise<string> {
  const before = await lostFirsts(cluster, [from]);
  const by = new Map<string, number>();
  let slowestMs = 0;
  let last = "";
  for (let connect = 0; connect < CONNECTS; connect++) {
    const result = await freeDial(cluster, from, to);
    const { answeredBy = JSON.stringify(result), ms } = result;
    by.set(answeredBy, (by.get(answeredBy) ?? 0) + 1);
    slowestMs = Math.max(slowestMs, ms);
    last = answeredBy;
  }
  const lost = await lostFirsts(cluster, [from]) - before;
  const seen = JSON.stringify(Object.fromEntries(by));
  driver.say(
    `${from.name} to ${to.address}: ${seen}, slowest ${slowestMs} ms, ` +
      `${lost} sent twice`,
  );
  const names = pods.map(({ name }) => name);
  if ([...by.keys()].some((name) => !names.includes(name))) {
    throw new Error(`${from.name} to ${names.join(" or ")} alone: ${seen}`);
  }
  if (slowestMs > DELAY_MS) throw new Error(`delayed: ${slowestMs} ms`);
  return last;
}

/** Dials once the client's own last connection from that port has ended. */
async function freeDial(
  cluster: Cluster,
  from: Place,
  to: DialOptions,
): Promise<DialResult> {
  for (let wait = 0;; wait++) {
    const result = await cluster.dial(from, to);
    if (result.error !== "EADDRNOTAVAIL" || wait === 20) return result;
    await sleep(100);
  }
}

function vip(number: number, family: "ipv4" | "ipv6" = "ipv4"): DialOptions {
  return { address: addressOf(number, "cluster-ip", family), port: 80 };
}

const STICKY = { name: "sticky", number: 28 } as const;

/** A client with affinity whose pod goes, and a timeout that is edited. */
export async function affinity(scene: Scene): Promise<void> {
  const { driver, cluster, api, web, node1, db1 } = scene;
  const twin = await cluster.addPod("node-2", "twin");
  await serveAll(cluster, twin);
  const pods: readonly Pod[] = [db1, twin];
  const timeout = (seconds: number) => ({
    sessionAffinityConfig: { clientIP: { timeoutSeconds: seconds } },
  });
  await offer(scene, {
    ...STICKY,
    endpoints: pods,
    spec: { sessionAffinity: "ClientIP", ...timeout(600) },
  });
  const to = vip(STICKY.number);
  await untilAll(scene, [[web, to, "db-1", "twin"]]);
  await driver.step(
    "affinity-dead-pod: an edit of the timeout applies in place",
    async () => {
      const kept = await cluster.connect(web, to);
      await api.patch("Service", STICKY.name, { spec: timeout(1_200) });
      await eventually(async () => {
        const lines = await cluster.ipvs(node1.name);
        const line = `-A -t ${to.address}:80 -s rr -p 1200`;
        if (!lines.includes(line)) throw new Error(lines);
      });
      const again = await kept.ask();
      await kept.close();
      if (again.answeredBy !== kept.first.answeredBy) {
        throw new Error(JSON.stringify(again));
      }
    },
  );
  await driver.step(
    "affinity-dead-pod: a client moves when its pod goes, and stays there",
    async () => {
      const { answeredBy } = await cluster.dial(web, to);
      const kept = await cluster.connect(web, to);
      const other = pods.filter(({ name }) => name !== answeredBy);
      const [heir] = other;
      if (other.length !== 1 || heir === undefined) {
        throw new Error(String(answeredBy));
      }
      await setEndpoints(scene, STICKY, other);
      const ms = await untilAll(scene, [[web, to, heir.name]]);
      driver.say(`from ${answeredBy} to ${heir.name} after ${ms} ms`);
      for (let dial = 0; dial < 20; dial++) {
        const word = wordOf(scene, await cluster.dial(web, to));
        if (word !== heir.name) throw new Error(word);
      }
      // What was open ends in its own time.
      const again = wordOf(scene, await kept.ask());
      await kept.close();
      if (again !== answeredBy) throw new Error(`${answeredBy}: ${again}`);
    },
  );
}

const DELETED = { name: "deleted", number: 29, nodePort: 30_029 } as const;
/** Nothing heard for so long is silence, however busy the host is. */
const SILENCE_MS = 3_000;
/** About a second on a quiet host. */
const CUT_MS = 15_000;
/** Later than what comes of a deletion at once. */
const LATER_MS = 500;

/** Open connections of a Service that is deleted. */
export async function deletion(scene: Scene): Promise<void> {
  const { driver, cluster, api, web, node1, db1, db2 } = scene;
  await offer(scene, { ...DELETED, endpoints: [db1, db2] });
  const { outside } = cluster;
  const port = DELETED.nodePort;
  const external = addressOf(DELETED.number, "external-ip", "ipv6");
  const clients: [Place, DialOptions][] = [
    [web, vip(DELETED.number)],
    [web, vip(DELETED.number, "ipv6")],
    [node1, vip(DELETED.number)],
    [node1, vip(DELETED.number, "ipv6")],
    [outside, { address: external, port: 80 }],
    [outside, { address: node1.ipv4, port }],
    [web, { ...vip(DELETED.number), protocol: "sctp" }],
  ];
  const labels = clients.map(([from, { address, protocol = "tcp" }]) =>
    `${from.name} to ${address} ${protocol}`
  );
  await untilAll(
    scene,
    clients.map(([from, to]) => [from, to, "db-1", "db-2"]),
  );
  await driver.step(
    "service-delete-blackhole: open connections are reset within about a second",
    async () => {
      const open = await Promise.all(
        clients.map(([from, to]) => cluster.connect(from, to)),
      );
      const silent = await Promise.all(
        clients.map(([from, to]) => cluster.connect(from, to)),
      );
      await api.delete("Service", DELETED.name);
      const words = await Promise.all(open.map(async (one, at) => {
        const { word, ms } = await untilCut(scene, one);
        await one.close();
        return `${labels[at]} after ${ms} ms: ${word}`;
      }));
      // Who says nothing meanwhile is not left in silence either.
      await sleep(LATER_MS);
      words.push(
        ...await Promise.all(silent.map(async (one, at) => {
          const word = wordOf(scene, await one.ask(SILENCE_MS));
          await one.close();
          return `${labels[at]} later: ${word}`;
        })),
      );
      for (const word of words) driver.say(word);
      const wrong = words.filter((word) => !word.endsWith(": reset"));
      if (wrong.length > 0) throw new Error(wrong.join("\n"));
    },
  );
}

/** Asks until it is not answered: never silence, but RST. */
async function untilCut(
  scene: Scene,
  one: Connection,
): Promise<{ readonly word: string; readonly ms: number }> {
  const startMs = performance.now();
  for (;;) {
    const word = wordOf(scene, await one.ask(SILENCE_MS));
    const ms = Math.round(performance.now() - startMs);
    if (!word.startsWith("db-") || ms > CUT_MS) return { word, ms };
    await sleep(50);
  }
}
