/**
 * What a packet that opens a connection costs with 10 Services and with
 * 5,000: raw UDP packets from a pod, each with a source port of its own, pass
 * the node's rules and sets, are scheduled by IPVS and reach another pod. The
 * guest has one processor, so the sender's time is that of the whole path.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  Api,
  type ApiObject,
  Cluster,
  drive,
  nodeObject,
  type Pod,
  serviceObject,
  sliceObject,
} from "../guest/mod.ts";

const FEW = 10;
const MANY = 5_000;
const PACKETS = 5_000;
const ROUNDS = 7;
const MAX_RATIO = 1.2;
const LIMIT_MS = 240_000;
const PORTS = [{ protocol: "udp", port: 80, targetPort: 8080 }] as const;
const OBJECTS = "/tmp/objects.json";

/** Sends packets from ports 10000 and on; prints µs for each. */
const SEND = `
import socket, struct, sys, time
address, count = sys.argv[1], int(sys.argv[2])
sender = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
packets = [struct.pack("!HHHH4s", 10000 + at, 80, 12, 0, b"who\\n")
           for at in range(count)]
to = (address, 0)
start = time.monotonic()
for packet in packets:
    sender.sendto(packet, to)
print((time.monotonic() - start) * 1e6 / count)
`;

function addressOf(service: number): string {
  return `10.96.${100 + Math.floor(service / 250)}.${service % 250 + 1}`;
}

/** Services that all have the one pod. */
function objects(count: number, pod: Pod): ApiObject {
  const items = Array.from({ length: count }, (_, service) => [
    serviceObject(`s${service}`, PORTS, { clusterIP: addressOf(service) }),
    sliceObject(`s${service}`, PORTS, [{
      address: pod.ipv4,
      nodeName: "node-1",
    }]),
  ]).flat();
  return { apiVersion: "v1", kind: "List", items };
}

await drive(async (driver) => {
  const cluster = await Cluster.create(driver);
  const node = await cluster.addNode("node-1");
  const web = await cluster.addPod("node-1", "web");
  const db = await cluster.addPod("node-1", "db");
  await cluster.serve(db, { protocol: "udp", port: 8080, mode: "silent" });

  const program = async (count: number): Promise<void> => {
    await Deno.writeTextFile(OBJECTS, JSON.stringify(objects(count, db)));
    const api = await Api.start(cluster, ["--objects", OBJECTS]);
    await api.create(nodeObject(node));
    const parameters = [
      ...["run", "--kubeconfig", api.kubeconfig],
      ...["--hostname-override", "node-1"],
      ...["--cluster-cidr", "10.32.0.0/16", "--ipvs-sync-period", "30m"],
    ];
    const agent = cluster.startAgent("node-1", {
      program: "agent",
      parameters,
    });
    await agent.waitFor(/ready: /, LIMIT_MS);
  };
  const shell = async (script: string): Promise<string> => {
    const { stdout } = await cluster.exec(node, ["sh", "-c", script]);
    return stdout.trim();
  };
  /** Connections that IPVS has ever scheduled. */
  const connections = async (): Promise<number> => {
    const text = await cluster.readProc(node, "/proc/net/ip_vs_stats");
    return Number.parseInt(text.split("\n")[2]?.trim() ?? "", 16);
  };
  /** The least of some rounds; entries of a round are gone by the next. */
  const measure = async (address: string): Promise<number> => {
    await shell(
      "ipvsadm --set 0 0 1; sysctl -qw net.netfilter.nf_conntrack_udp_timeout=1",
    );
    const before = await connections();
    const figures: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const argv = ["python3", "-S", "-E", "-c", SEND, address, `${PACKETS}`];
      const { stdout, stderr } = await cluster.exec(web, argv);
      assertEquals(stderr, "");
      figures.push(Number(stdout));
      await new Promise((resolve) => setTimeout(resolve, 2_500));
    }
    // Each was a connection of its own.
    assertEquals(await connections() - before, ROUNDS * PACKETS);
    return Math.min(...figures);
  };
  const look = async (count: number) => {
    const rules = Number(await shell("iptables-save | grep -c ^-A"));
    const ipvs = await cluster.ipvs("node-1");
    assertEquals(ipvs.match(/^-A -u 10\.96\.1/gm)?.length, count);
    return { rules, us: await measure(addressOf(count - 1)) };
  };

  const options = { limitMs: LIMIT_MS };
  let few = { rules: 0, us: 0 };
  await driver.step(`${FEW} Services`, async () => {
    await program(FEW);
    few = await look(FEW);
    driver.say(`${few.rules} rules, ${few.us.toFixed(1)} µs for a packet`);
  }, options);
  await cluster.stopAgent("node-1");
  await cluster.programs.stop("apiserver");
  await driver.step(`${MANY} Services cost a packet no more`, async () => {
    await program(MANY);
    const many = await look(MANY);
    const ratio = many.us / few.us;
    driver.say(`${many.rules} rules, ${many.us.toFixed(1)} µs for a packet`);
    driver.say(`${MANY} against ${FEW} Services: ${ratio.toFixed(2)} times`);
    driver.data("packet cost", { few, many, ratio });
    assertEquals(many.rules, few.rules);
    assert(ratio < MAX_RATIO, `${ratio} times`);
  }, options);
});
