/**
 * UDP and SCTP senders that stay on one source port, whatever happens to the
 * Service.
 *
 * @module
 */

import {
  addressOf,
  type DialOptions,
  eventually,
  type Place,
} from "../../guest/mod.ts";
import { ask, type Scene, untilAll } from "../packets/scene.ts";
import { entriesOf, Flows, freshPort, type Sport } from "./flows.ts";
import { offer, setEndpoints, sleep, untilWhole } from "./scene.ts";

const SERVICE = { name: "sender", number: 24, nodePort: 30_024 } as const;
const OTHER = { name: "other-sender", number: 25, nodePort: 30_025 } as const;
/** Longest one datagram is waited for, times the patience of the scene. */
const SILENCE_MS = 200;
/** What a datagram meets in the middle of a pass; the node's own is EPERM. */
const LOST = ["timed-out", "error"];
/** So many may be lost on the way. */
const MAX_LOST = 3;
/** An SCTP client that uses its port again may have to send INIT twice. */
const SCTP_MS = 1_000;
/** Senders send so often. */
const PACE_MS = 50;
/** One pass, with all that the guest's one CPU and its host do beside it. */
const PASS_MS = 15_000;

type Sender = readonly [label: string, from: Place, to: DialOptions];

/** A sender's way through the life of its Service. */
export async function senders(scene: Scene): Promise<void> {
  const { driver, db1, db2 } = scene;
  await offer(scene, { ...SERVICE, endpoints: [db1] });
  await offer(scene, { ...OTHER, endpoints: [db1] });
  const all = sendersOf(scene);
  await untilAll(scene, all.map(([, from, to]) => [from, to, "db-1"]));
  await untilWhole(scene, OTHER.number);
  const others = await Flows.open(scene, OTHER.number);
  const moves: [name: string, change: () => Promise<void>, word: string][] = [
    [
      "moves when its endpoint is swapped",
      () => setEndpoints(scene, SERVICE, [db2]),
      "db-2",
    ],
    [
      "is refused when the Service is scaled to zero",
      () => setEndpoints(scene, SERVICE, []),
      "refused",
    ],
    [
      "recovers when it is scaled to one",
      () => setEndpoints(scene, SERVICE, [db1]),
      "db-1",
    ],
  ];
  for (const [name, change, word] of moves) {
    await driver.step(
      `udp-blackhole: a sender on a fixed port ${name}`,
      () => follow(scene, all, { change, word }),
    );
  }
  await driver.step(
    "udp-blackhole: connections of other Services are left alone",
    () => others.expectSame(),
  );
  await taken(scene, all);
  await driver.step(
    "udp-blackhole: those of other Services are still the same",
    () => others.expectSame(),
  );
  await others.close();
}

/** Senders from everywhere; SCTP dials anew each time, as it must. */
function sendersOf({ web, node1, cluster: { outside } }: Scene): Sender[] {
  const { number, nodePort } = SERVICE;
  const to = (
    protocol: "udp" | "sctp",
    address: string,
    port = 80,
  ): DialOptions => (
    { protocol, address, port, sourcePort: freshPort() }
  );
  const vip = (family: "ipv4" | "ipv6"): string =>
    addressOf(number, "cluster-ip", family);
  const external = addressOf(number, "external-ip", "ipv4");
  return [
    ["pod", web, to("udp", vip("ipv4"))],
    ["pod, IPv6", web, to("udp", vip("ipv6"))],
    ["pod to external IP", web, to("udp", external)],
    ["node", node1, to("udp", vip("ipv4"))],
    ["outside to external IP", outside, to("udp", external)],
    ["outside to node port", outside, to("udp", node1.ipv4, nodePort)],
    ["outside to node port, IPv6", outside, to("udp", node1.ipv6, nodePort)],
    ["pod, SCTP", web, {
      ...to("sctp", vip("ipv4")),
      timeoutMs: SCTP_MS,
    }],
  ];
}

/** Keeps sending; each must hear the word soon, and nothing else after it. */
async function follow(
  scene: Scene,
  all: readonly Sender[],
  { change, word }: {
    readonly change: () => Promise<void>;
    readonly word: string;
  },
): Promise<void> {
  const startMs = performance.now();
  const changed = change();
  const lines = await Promise.all(
    all.map((sender) => hear(scene, sender, { word, startMs })),
  );
  await changed;
  for (const { label, heard, ms } of lines) {
    const words = heard.map(([said, count]) => `${said} x ${count}`);
    scene.driver.say(`${label}: ${words.join(", ")} after ${ms} ms`);
  }
  const wrong = lines.filter(({ heard, ms }) =>
    ms > PASS_MS || !isOneMove(heard, word)
  );
  if (wrong.length > 0) throw new Error(JSON.stringify(wrong));
  for (const [label, from, to] of all) {
    const said = await ask(scene, from, { timeoutMs: SILENCE_MS, ...to });
    if (said !== word) throw new Error(`${label}: ${said} after ${word}`);
  }
}

/** What it heard before, little that was lost, and the word. */
function isOneMove(
  heard: readonly (readonly [said: string, count: number])[],
  word: string,
): boolean {
  const lost = heard.filter(([said]) => LOST.includes(said))
    .reduce((sum, [, count]) => sum + count, 0);
  const words = heard.map(([said]) => said)
    .filter((said) => !LOST.includes(said) && said !== word);
  return lost <= MAX_LOST && new Set(words).size <= 1;
}

/** Sends until the word is heard; what was heard, in order, and how often. */
async function hear(
  scene: Scene,
  [label, from, to]: Sender,
  { word, startMs }: { readonly word: string; readonly startMs: number },
): Promise<{
  readonly label: string;
  readonly heard: readonly [said: string, count: number][];
  readonly ms: number;
}> {
  const heard: [string, number][] = [];
  for (;;) {
    const said = await ask(scene, from, { timeoutMs: SILENCE_MS, ...to });
    const ms = Math.round(performance.now() - startMs);
    const last = heard.at(-1);
    if (last?.[0] === said) last[1] += 1;
    else heard.push([said, 1]);
    if (said === word || ms > PASS_MS) return { label, heard, ms };
    await sleep(PACE_MS);
  }
}

/** A port, an address and the Service itself are taken away. */
async function taken(scene: Scene, all: readonly Sender[]): Promise<void> {
  const { driver, api } = scene;
  const { name, number } = SERVICE;
  const external = addressOf(number, "external-ip", "ipv4");
  const toExternal = all.filter(([, , to]) => to.address === external);
  const rest = all.filter((one) => !toExternal.includes(one));
  await driver.step(
    "udp-blackhole: with an address taken away its connections are forgotten",
    async () => {
      await api.patch("Service", name, {
        spec: { externalIPs: [addressOf(number, "external-ip", "ipv6")] },
      });
      await forgotten(scene, toExternal);
    },
  );
  await driver.step(
    "udp-blackhole: with a port taken away its connections are forgotten and refused",
    async () => {
      const tcp = { name: "tcp", protocol: "TCP", port: 80, targetPort: 8080 };
      const ports = [{ ...tcp, nodePort: SERVICE.nodePort }];
      await api.patch("Service", name, { spec: { ports } });
      const change = () => Promise.resolve();
      await follow(scene, rest, { change, word: "refused" });
      await forgotten(scene, rest);
    },
  );
  await driver.step(
    "udp-blackhole: with the Service deleted its connections are forgotten and refused",
    () => deleted(scene),
  );
}

/** A Service of its own, since the other has lost its ports by now. */
async function deleted(scene: Scene): Promise<void> {
  const { api, web, db1, node1, cluster: { outside } } = scene;
  const gone = { name: "gone-sender", number: 26, nodePort: 30_026 };
  await offer(scene, { ...gone, endpoints: [db1] });
  const to = (protocol: "udp" | "sctp"): DialOptions => ({
    ...{ protocol, port: 80, sourcePort: freshPort() },
    address: addressOf(gone.number, "cluster-ip", "ipv4"),
  });
  const all: Sender[] = [
    ["pod", web, to("udp")],
    ["node", node1, to("udp")],
    ["outside", outside, to("udp")],
    ["pod, SCTP", web, { ...to("sctp"), timeoutMs: SCTP_MS }],
  ];
  await untilAll(scene, all.map(([, from, one]) => [from, one, "db-1"]));
  await follow(scene, all, {
    change: () => api.delete("Service", gone.name),
    word: "refused",
  });
  await forgotten(scene, all);
}

/** No entry is left that leads to an endpoint. */
async function forgotten(
  scene: Scene,
  all: readonly Sender[],
): Promise<void> {
  const ports = all.map(([, , { protocol, sourcePort = 0 }]): Sport => [
    protocol === "sctp" ? "sctp" : "udp",
    sourcePort,
  ]);
  await eventually(async () => {
    const lines = await entriesOf(scene, ports);
    const stale = lines.filter((line) => / sport=8080 /.test(line));
    if (stale.length > 0) throw new Error(stale.join("\n"));
  }, { timeoutMs: PASS_MS, pauseMs: 100 });
}
