/**
 * A node whose API server is out of reach: a restart touches nothing; after a
 * reboot the snapshot brings Services up, the API server's own among them, by
 * which the agent then finds it; and what has changed meanwhile follows.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  Api,
  Cluster,
  type ClusterNode,
  difference,
  drive,
  type Driver,
  eventually,
  nodeObject,
  type Place,
  type Pod,
  serviceObject,
  sliceObject,
} from "../guest/mod.ts";

/** A program's start is mostly its own loading, slow beside other work. */
const START_LIMIT_MS = 120_000;
const PORTS = [{ port: 80, targetPort: 8080 }];
const STATE_DIR = "/var/lib/kube-proxy";
const KUBECONFIG_BY_VIP = "/etc/kube-proxy-lab/by-vip.kubeconfig";
const VIPS = {
  keep: "10.96.0.50",
  gone: "10.96.0.51",
  moved: "10.96.0.52",
} as const;

/** What every step has in hand. */
interface Scene {
  readonly driver: Driver;
  readonly cluster: Cluster;
  readonly api: Api;
  readonly node: ClusterNode;
  readonly web: Pod;
  readonly db: readonly [Pod, Pod];
}

async function makeScene(driver: Driver): Promise<Scene> {
  const cluster = await Cluster.create(driver);
  const node = await cluster.addNode("node-1");
  const web = await cluster.addPod("node-1", "web");
  const db = [
    await cluster.addPod("node-1", "db-1"),
    await cluster.addPod("node-1", "db-2"),
  ] as const;
  for (const pod of db) await cluster.serve(pod, { port: 8080 });
  const api = await Api.start(cluster);
  await api.create(nodeObject(node));
  for (const [name, clusterIP] of Object.entries(VIPS)) {
    await api.create(serviceObject(name, PORTS, { clusterIP }));
    await api.create(sliceObject(name, PORTS, [{ address: db[0].ipv4 }]));
  }
  const text = await Deno.readTextFile(api.kubeconfig);
  await Deno.writeTextFile(
    KUBECONFIG_BY_VIP,
    text.replace(/server: .*/, "server: https://10.96.0.1:443"),
  );
  return { driver, cluster, api, node, web, db };
}

function startAgent({ cluster }: Scene, kubeconfig: string) {
  return cluster.startAgent("node-1", {
    program: "agent",
    parameters: [
      "run",
      `--kubeconfig=${kubeconfig}`,
      "--hostname-override=node-1",
      "--cluster-cidr=10.32.0.0/16,fd00:32::/32",
      `--state-dir=${STATE_DIR}`,
    ],
  });
}

/** Runs a script on the node. */
async function onNode({ cluster, node }: Scene, script: string) {
  const { code, stdout, stderr } = await cluster.exec(node, [
    ...["sh", "-ec", script],
  ]);
  assertEquals({ code, stderr }, { code: 0, stderr: "" }, script);
  return stdout;
}

async function answers(
  { cluster, web, node }: Scene,
  address: string,
  by: Pod,
): Promise<void> {
  for (const place of [web, node] as Place[]) {
    const result = await cluster.dial(place, { address, port: 80 });
    assertEquals(result.answeredBy, by.name, `${place.name} to ${address}`);
  }
}

/** Statuses of /healthz and /livez. */
async function health({ node }: Scene): Promise<number[]> {
  const statuses: number[] = [];
  for (const path of ["healthz", "livez"]) {
    const response = await fetch(`http://${node.ipv4}:10256/${path}`);
    await response.body?.cancel();
    statuses.push(response.status);
  }
  return statuses;
}

/** What a boot leaves: nothing of the tables, nothing in /run. */
const REBOOT = `
for ip in iptables ip6tables; do
  for table in nat filter mangle; do $ip -t $table -F; $ip -t $table -X; done
done
ipvsadm -C
ipset destroy
ip link del kube-ipvs0
conntrack -F 2>/dev/null || true
rm -rf /run/kube-proxy`;

await drive(async (driver) => {
  const scene = await makeScene(driver);
  const { cluster, api, db } = scene;
  await driver.step("a snapshot is written when the agent ends", async () => {
    const agent = startAgent(scene, api.kubeconfig);
    await agent.waitFor(/ready: /, START_LIMIT_MS);
    for (const vip of Object.values(VIPS)) await answers(scene, vip, db[0]);
    assertEquals(await health(scene), [200, 200]);
    assertEquals((await cluster.stopAgent("node-1")).code, 0);
    const listed = await onNode(scene, `stat -c '%a %n' ${STATE_DIR}/*`);
    assertEquals(listed, `600 ${STATE_DIR}/snapshot\n`);
  });
  await driver.step(
    "a restart without the API server touches nothing",
    async () => {
      await onNode(scene, `ip route add blackhole ${cluster.control.ipv4}`);
      const before = await cluster.observe("node-1");
      const agent = startAgent(scene, api.kubeconfig);
      await agent.waitFor(/cannot follow at present/, START_LIMIT_MS);
      assertEquals(await health(scene), [503, 200]);
      assertEquals(difference(before, await cluster.observe("node-1")), "");
      for (const vip of Object.values(VIPS)) await answers(scene, vip, db[0]);
      await cluster.stopAgent("node-1", "SIGKILL");
    },
  );
  await driver.step(
    "after a reboot the snapshot brings Services up",
    async () => {
      await onNode(scene, REBOOT);
      assertEquals(await cluster.ipvs("node-1"), "");
      const agent = startAgent(scene, KUBECONFIG_BY_VIP);
      await agent.waitFor(/objects of .* are used from/, START_LIMIT_MS);
      const ms = await eventually(async () => {
        for (const vip of Object.values(VIPS)) await answers(scene, vip, db[0]);
      }, { timeoutMs: 60_000, pauseMs: 200 });
      driver.say(`Services answer ${ms} ms after the snapshot was read`);
      assertEquals(await health(scene), [503, 200]);
    },
  );
  await driver.step("what the API server says then holds", async () => {
    await api.delete("Service", "gone");
    await api.delete("EndpointSlice", "gone-slice");
    await api.apply(sliceObject("moved", PORTS, [{ address: db[1].ipv4 }]));
    await answers(scene, VIPS.gone, db[0]);
    await onNode(scene, `ip route del blackhole ${cluster.control.ipv4}`);
    const agent = cluster.programs.get("node-1");
    await agent.waitFor(/ready: /, START_LIMIT_MS);
    await answers(scene, VIPS.keep, db[0]);
    await answers(scene, VIPS.moved, db[1]);
    assertEquals(await health(scene), [200, 200]);
    await eventually(async () => {
      const { ipvs, sets, addresses } = await cluster.observe("node-1");
      const all = ipvs + sets + addresses;
      assert(!all.includes(VIPS.gone), all);
    }, { timeoutMs: 30_000, pauseMs: 300 });
  });
});
