/**
 * A steady load of new connections from everywhere, and what was lost of it.
 *
 * @module
 */

import {
  addressOf,
  type Cluster,
  type LoadOptions,
  type LoadResult,
  type Place,
} from "../../guest/mod.ts";
import type { Scene } from "../packets/scene.ts";

/** Longest a dial may take; the guest's one CPU has other work too. */
const DIAL_LIMIT_MS = 10_000;
/** A first packet that is lost costs so much. */
const RESENT_MS = 1_000;
/** Pause after each dial of a load. */
const PAUSE_MS = 60;

/** One load and what it saw. */
export interface Seen {
  /** Whence and where to. */
  readonly label: string;
  /** What it saw. */
  readonly result: LoadResult;
}

/** What all loads saw. */
export interface Report {
  /** Each of them. */
  readonly loads: readonly Seen[];
  /** Dials a second, all together. */
  readonly perSecond: number;
  /** First packets of TCP connections that had to be sent again. */
  readonly lostFirsts: number;
}

/** Starts dialling a Service from a pod, from outside and from the node. */
export async function startLoads(
  scene: Scene,
  { number, nodePort }: { readonly number: number; readonly nodePort: number },
  datagramMs: number = DIAL_LIMIT_MS,
): Promise<() => Promise<Report>> {
  const { cluster, web, node1 } = scene;
  const { outside } = cluster;
  const at = (
    kind: "cluster-ip" | "load-balancer",
    family: "ipv4" | "ipv6",
  ) => (
    { address: addressOf(number, kind, family), port: 80 }
  );
  const pairs: [string, Place, LoadOptions][] = [
    ["pod to cluster IP", web, at("cluster-ip", "ipv4")],
    ["pod to cluster IP, IPv6", web, at("cluster-ip", "ipv6")],
    ["pod to cluster IP, UDP", web, {
      ...at("cluster-ip", "ipv4"),
      ...{ protocol: "udp", timeoutMs: datagramMs },
    }],
    ["outside to node port", outside, { address: node1.ipv4, port: nodePort }],
    ["outside to load balancer, IPv6", outside, at("load-balancer", "ipv6")],
    ["node to cluster IP", node1, at("cluster-ip", "ipv4")],
    ["node to cluster IP, IPv6", node1, at("cluster-ip", "ipv6")],
  ];
  const before = await lostFirsts(cluster, [web, outside, node1]);
  const stops = await Promise.all(pairs.map(async ([label, from, to]) => {
    const stop = await cluster.load(from, {
      ...{ concurrency: 1, pauseMs: PAUSE_MS, timeoutMs: DIAL_LIMIT_MS },
      ...to,
    });
    return async (): Promise<Seen> => ({ label, result: await stop() });
  }));
  return async () => {
    const loads = await Promise.all(stops.map((stop) => stop()));
    const after = await lostFirsts(cluster, [web, outside, node1]);
    const perSecond = loads.reduce(
      (sum, { result }) => sum + result.total * 1_000 / result.ms,
      0,
    );
    return { loads, perSecond, lostFirsts: after - before };
  };
}

/** Says what was seen. */
function say({ driver }: Scene, report: Report): void {
  for (const { label, result } of report.loads) {
    driver.say(
      `${label}: ${result.total} in ${result.ms} ms, slowest ` +
        `${result.slowestMs} ms, ${JSON.stringify(result.answered)}, ` +
        JSON.stringify(result.failures),
    );
  }
  const { perSecond, lostFirsts: lost } = report;
  driver.say(`${Math.round(perSecond)} a second, ${lost} sent twice`);
}

/** Fails unless every TCP connection was answered in the end. */
export function expectNoneFailed(scene: Scene, report: Report): void {
  say(scene, report);
  const failed = report.loads.filter(({ label, result }) =>
    !label.endsWith("UDP") && Object.keys(result.failures).length > 0
  );
  if (failed.length > 0) throw new Error(JSON.stringify(failed, null, 1));
}

/** Fails unless every connection was answered at once. */
export function expectNoneLost(scene: Scene, report: Report): void {
  say(scene, report);
  const { loads, perSecond, lostFirsts: lost } = report;
  const failed = loads.filter(({ result }) =>
    Object.keys(result.failures).length > 0 || result.total === 0
  );
  if (failed.length > 0) throw new Error(JSON.stringify(failed, null, 1));
  // A SYN that meets the rest of an old connection is sent again at once; one
  // that is lost is sent again after a second.
  const late = loads.some(({ result }) => result.slowestMs >= RESENT_MS);
  if (lost > 0 && late) throw new Error(`${lost} first packets were lost`);
  if (perSecond < 20) throw new Error(`only ${perSecond} dials a second`);
}

/** SYNs that clients in these places have sent again so far. */
export async function lostFirsts(
  cluster: Cluster,
  places: readonly Place[],
): Promise<number> {
  let sum = 0;
  for (const place of places) {
    const text = await cluster.readProc(place, "/proc/net/netstat");
    const [names = "", values = ""] = text.split("\n")
      .filter((line) => line.startsWith("TcpExt:"));
    const at = names.split(" ").indexOf("TCPSynRetrans");
    if (at < 0) throw new Error("Cannot find TCPSynRetrans");
    sum += Number(values.split(" ")[at]);
  }
  return sum;
}
