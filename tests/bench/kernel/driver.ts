/**
 * Inside the guest: times the agent's first sync against the bare tools fed
 * with ready files of the same kernel state, and counts processes.
 *
 * @module
 */

import { changeCost } from "./change_cost.ts";
import { address, ENDPOINTS, makeObjects } from "./objects.ts";
import {
  Api,
  Cluster,
  type ClusterNode,
  drive,
  type Driver,
  eventually,
} from "../../lab/guest/mod.ts";

const TOOLS = [
  "ipvsadm",
  "ipset",
  "ip",
  "conntrack",
  "sysctl",
  "modprobe",
  "lsmod",
  ...["iptables", "ip6tables"].flatMap((family) =>
    ["-save", "-restore", "-legacy-save", "-legacy-restore"]
      .map((suffix) => family + suffix)
  ),
];

await drive(async (driver) => {
  const services = Number(driver.config.parameters["services"] ?? "1000");
  if (driver.config.parameters["only"] === "change") {
    return await changeCost(driver, services);
  }
  const cluster = await Cluster.create(driver);
  const nodes: ClusterNode[] = [];
  for (const name of ["timed", "bare", "counted"]) {
    nodes.push(await cluster.addNode(name));
  }
  const objects = "/tmp/objects.json";
  await Deno.writeTextFile(
    objects,
    JSON.stringify(makeObjects(services, nodes)),
  );
  const api = await Api.start(cluster, ["--objects", objects]);
  driver.say(`API server with ${services} services of ${ENDPOINTS} endpoints`);
  const scene = { driver, cluster, api, services };
  await driver.step("first sync", () => firstSync(scene), { limitMs: 240_000 });
  await driver.step("bare tools", () => bareTools(scene), { limitMs: 120_000 });
  await driver.step("processes", () => processes(scene), { limitMs: 240_000 });
});

interface Scene {
  readonly driver: Driver;
  readonly cluster: Cluster;
  readonly api: Api;
  readonly services: number;
}

function startAgent({ cluster, api }: Scene, name: string, env = {}) {
  return cluster.startAgent(name, {
    program: "agent",
    parameters: [
      "run",
      "--kubeconfig",
      api.kubeconfig,
      "--hostname-override",
      name,
      // No audit falls into what is measured.
      "--ipvs-sync-period=10m",
    ],
    env,
  });
}

/** Sums the passes up to the first "ready". */
async function firstSync(scene: Scene): Promise<void> {
  const { driver, cluster, services } = scene;
  const startMs = performance.now();
  const agent = startAgent(scene, "timed");
  await agent.waitFor(/ready: the kernel/, 200_000);
  const totalMs = performance.now() - startMs;
  const passes = agent.log.flatMap((line) => {
    const ms = / pass .*\bms="?(\d+)/.exec(line)?.[1];
    return ms === undefined ? [] : [Number(ms)];
  });
  const table = await cluster.ipvs("timed");
  const servers = table.split("\n").filter((line) => line.startsWith("-A"));
  if (servers.length < services) {
    throw new Error(`Cannot go on: ${servers.length} virtual servers`);
  }
  driver.data("first sync", {
    totalMs: Math.round(totalMs),
    passes: passes.length,
    passMs: passes.reduce((sum, ms) => sum + ms, 0),
  });
  await cluster.stopAgent("timed");
}

/** The same kernel state from ready files, one process a tool. */
async function bareTools({ driver, cluster }: Scene): Promise<void> {
  const timed = cluster.node("timed");
  const bare = cluster.node("bare");
  await cluster.exec(timed, [
    "sh",
    "-c",
    [
      "ipset save > /tmp/floor.sets",
      "ipvsadm -Sn > /tmp/floor.ipvs",
      "ip -4 -o addr show dev kube-ipvs0 | " +
      'awk \'{ print "addr add " $4 " dev kube-ipvs0" }\' > /tmp/floor.addresses',
    ].join("; "),
  ]);
  const script = [
    "ip link add kube-ipvs0 type dummy",
    "now() { cut -d' ' -f1 /proc/uptime; }",
    "a=$(now)",
    "ipset restore < /tmp/floor.sets",
    "b=$(now)",
    "ipvsadm -R < /tmp/floor.ipvs",
    "c=$(now)",
    "ip -batch /tmp/floor.addresses",
    "echo $a $b $c $(now)",
  ].join("\n");
  const { stdout, stderr } = await cluster.exec(bare, ["sh", "-c", script]);
  if (stderr !== "") throw new Error(`Cannot measure: ${stderr}`);
  const [a = 0, b = 0, c = 0, d = 0] = stdout.trim().split(" ").map(Number);
  driver.data("bare tools", {
    ipset: Math.round((b - a) * 1000),
    ipvsadm: Math.round((c - b) * 1000),
    ip: Math.round((d - c) * 1000),
    totalMs: Math.round((d - a) * 1000),
  });
}

/** Counts what the agent starts, by programs that write a line each. */
async function processes(scene: Scene): Promise<void> {
  const { driver, cluster, api } = scene;
  const counted = cluster.node("counted");
  const calls = "/tmp/calls";
  await Deno.mkdir("/tmp/counting", { recursive: true });
  for (const tool of TOOLS) {
    const { stdout } = await cluster.exec(counted, [
      "sh",
      "-c",
      `command -v ${tool}`,
    ]);
    const file = `/tmp/counting/${tool}`;
    await Deno.writeTextFile(
      file,
      `#!/bin/sh\necho "${tool} $*" >> ${calls}\nexec ${stdout.trim()} "$@"\n`,
    );
    await Deno.chmod(file, 0o755);
  }
  const path = `/tmp/counting:${Deno.env.get("PATH") ?? ""}`;
  await Deno.writeTextFile(calls, "");
  const agent = startAgent(scene, "counted", { PATH: path });
  await agent.waitFor(/ready: the kernel/, 200_000);
  await settle();
  const first = await takeCalls(calls);
  const removed = `${address(0)}:8080`;
  const startMs = performance.now();
  await api.patch("EndpointSlice", "service-0-slice", {
    endpoints: Array.from({ length: ENDPOINTS - 1 }, (_, index) => ({
      addresses: [address(index + 1)],
      conditions: { ready: true, serving: true, terminating: false },
    })),
  });
  await eventually(async () => {
    // A look at one virtual server costs the same whatever the table's size.
    const { stdout } = await cluster.exec(counted, [
      "ipvsadm",
      "-Ln",
      "-t",
      "10.100.0.0:80",
    ]);
    if (stdout.includes(removed)) throw new Error(`${removed} is still there`);
  }, { timeoutMs: 20_000 });
  const changeMs = Math.round(performance.now() - startMs);
  await settle();
  const change = await takeCalls(calls);
  driver.data("processes", { first, change, changeMs });
  await cluster.stopAgent("counted");
}

async function takeCalls(file: string): Promise<string[]> {
  const text = await Deno.readTextFile(file);
  await Deno.writeTextFile(file, "");
  return text.split("\n").filter((line) => line !== "");
}

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2_000));
}
