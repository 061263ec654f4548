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
import { ask, must, type Scene, untilAll } from "../packets/scene.ts";
import { entriesOf, Flows, freshPort, type Sport } from "./flows.ts";
import { offer, setEndpoints } from "./scene.ts";

const SERVICE = { name: "sender", number: 24, nodePort: 30_024 } as const;
const OTHER = { name: "other-sender", number: 25, nodePort: 30_025 } as const;
/** Longest one datagram is waited for. */
const SILENCE_MS = 400;
/** Senders send so often. */
const PACE_MS = 50;
/** One pass, with all that the guest's one CPU does beside it. */
const PASS_MS = 5_000;

type Sender = readonly [label: string, from: Place, to: DialOptions];

/** A sender's way through the life of its Service. */
export async function senders(scene: Scene): Promise<void> {
  const { driver, db1, db2 } = scene;
  await offer(scene, { ...SERVICE, endpoints: [db1] });
  await offer(scene, { ...OTHER, endpoints: [db1] });
  const all = sendersOf(scene);
  await untilAll(scene, all.map(([, from, to]) => [from, to, "db-1"]));
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
    ["pod, SCTP", web, to("sctp", vip("ipv4"))],
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
  let doneMs = Infinity;
  const changed = change().then(() => {
    doneMs = performance.now();
  });
  const lines = await Promise.all(all.map(async ([label, from, to]) => {
    const heard: string[] = [];
    for (;;) {
      const said = await ask(scene, from, { ...to, timeoutMs: SILENCE_MS });
      const ms = performance.now() - startMs;
      if (said !== heard.at(-1)) heard.push(said);
      if (said === word) return { label, heard, ms };
      if (ms > PASS_MS) return { label, heard, ms: Infinity };
      await new Promise((resolve) => setTimeout(resolve, PACE_MS));
    }
  }));
  await changed;
  for (const { label, heard, ms } of lines) {
    scene.driver.say(
      `${label}: ${heard.join(", ")} after ${Math.round(ms)} ms`,
    );
  }
  if (doneMs === Infinity) throw new Error("the change was not made");
  const late = lines.filter(({ ms }) => ms === Infinity);
  if (late.length > 0) throw new Error(JSON.stringify(late));
  for (const [label, from, to] of all) {
    const said = await ask(scene, from, { ...to, timeoutMs: SILENCE_MS });
    if (said !== word) throw new Error(`${label}: ${said} after ${word}`);
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
    ["pod, SCTP", web, to("sctp")],
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
