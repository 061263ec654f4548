/**
 * Connection tracking entries of UDP and SCTP, each from a fixed port, by the
 * identity that the kernel gave them: an entry that was deleted and made again
 * has another one.
 *
 * @module
 */

import {
  addressOf,
  type Connection,
  type DialOptions,
  type DialResult,
  type Place,
} from "../../guest/mod.ts";
import { must, type Scene } from "../packets/scene.ts";

const FIRST_PORT = 5_100;
let nextPort = FIRST_PORT;

/** A port that nobody had before, and no kernel chooses. */
export function freshPort(): number {
  return nextPort++;
}

/** A client's protocol and port. */
export type Sport = readonly [protocol: "udp" | "sctp", sourcePort: number];

/** node-1's entries for clients' ports, one line each, with their identities. */
export async function entriesOf(
  scene: Scene,
  ports: readonly Sport[],
): Promise<string[]> {
  const all = await must(
    scene,
    scene.node1,
    "conntrack -L -f ipv4 -o id; conntrack -L -f ipv6 -o id",
  );
  return all.split("\n").filter((line) =>
    ports.some(([protocol, port]) =>
      line.startsWith(`${protocol} `) &&
      // The first of both directions is the client's.
      / sport=(\d+)/.exec(line)?.[1] === String(port)
    )
  );
}

/** UDP and SCTP that must go on untouched. */
export class Flows {
  readonly #scene: Scene;
  readonly #datagrams: readonly [Place, DialOptions][];
  readonly #kept: readonly Connection[];
  readonly #ports: readonly Sport[];
  readonly #before: readonly string[];

  private constructor(
    scene: Scene,
    parts: {
      readonly datagrams: readonly [Place, DialOptions][];
      readonly kept: readonly Connection[];
      readonly ports: readonly Sport[];
      readonly before: readonly string[];
    },
  ) {
    this.#scene = scene;
    this.#datagrams = parts.datagrams;
    this.#kept = parts.kept;
    this.#ports = parts.ports;
    this.#before = parts.before;
  }

  /** Opens them toward a Service from a pod and from outside. */
  static async open(scene: Scene, number: number): Promise<Flows> {
    const { cluster, web } = scene;
    const to = (
      protocol: "udp" | "sctp",
      family: "ipv4" | "ipv6",
    ): DialOptions => ({
      protocol,
      address: addressOf(number, "cluster-ip", family),
      port: 80,
      sourcePort: freshPort(),
    });
    const datagrams: [Place, DialOptions][] = [
      [web, to("udp", "ipv4")],
      [web, to("udp", "ipv6")],
      [cluster.outside, to("udp", "ipv4")],
    ];
    for (const [from, one] of datagrams) {
      expectAnswered(await cluster.dial(from, one));
    }
    const streams = [to("sctp", "ipv4"), to("sctp", "ipv6")];
    const kept = await Promise.all(
      streams.map((one) => cluster.connect(web, one)),
    );
    for (const { first } of kept) expectAnswered(first);
    const ports = [...datagrams.map(([, one]) => one), ...streams].map((one) =>
      [one.protocol as "udp" | "sctp", one.sourcePort ?? 0] as const
    );
    const before = await identities(scene, ports);
    return new Flows(scene, { datagrams, kept, ports, before });
  }

  /** Sends something on each, so that none ends by itself. */
  async touch(): Promise<void> {
    for (const [from, to] of this.#datagrams) {
      expectAnswered(await this.#scene.cluster.dial(from, to));
    }
    for (const one of this.#kept) {
      expectAnswered(await one.ask());
    }
  }

  /** Fails unless each is answered and its entry is the one it had. */
  async expectSame(): Promise<void> {
    await this.touch();
    const now = await identities(this.#scene, this.#ports);
    if (now.join() === this.#before.join()) return;
    throw new Error(`${this.#before.join("; ")} became ${now.join("; ")}`);
  }

  /** Ends them. */
  async close(): Promise<void> {
    for (const one of this.#kept) await one.close();
  }
}

function expectAnswered(result: DialResult): void {
  if (result.failure) throw new Error(JSON.stringify(result));
}

async function identities(
  scene: Scene,
  ports: readonly Sport[],
): Promise<string[]> {
  const lines = await entriesOf(scene, ports);
  return ports.map(([protocol, port]) => {
    const own = lines.filter((line) =>
      line.startsWith(`${protocol} `) && line.includes(` sport=${port} `)
    );
    if (own.length === 0) throw new Error(`${protocol} ${port}: no entry`);
    const ids = own.map((line) => /\bid=(\d+)/.exec(line)?.[1]);
    return `${protocol} ${port}: ${ids.sort().join(" ")}`;
  });
}
