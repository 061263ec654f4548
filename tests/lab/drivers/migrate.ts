/**
 * Moves a node over from kube-proxy's ipvs mode and back, while new
 * connections are made all the time.
 *
 * @module
 */

import {
  Api,
  CIDR_FLAGS,
  Cluster,
  difference,
  drive,
  type Driver,
  eventually,
  type LoadResult,
  nodeObject,
  type ObservedNode,
  type Output,
  type Place,
  publish,
  routesVia,
  sourcePortsOf,
} from "../guest/mod.ts";
import {
  kubeProxy,
  loadOthers,
  observeNode,
  type Scene,
  startAgent,
} from "./cleanup/scene.ts";
import { NODE_PORT, type OldService, OldTables } from "./migrate/old.ts";

/** Last numbers of the cluster IPs, by what is special about a Service. */
const NUMBERS = { equal: 10, reversed: 11, differs: 12, empty: 13 };

interface World {
  readonly scene: Scene;
  readonly old: OldTables;
  readonly client: Place;
}

async function makeWorld(driver: Driver): Promise<World> {
  const cluster = await Cluster.create(driver);
  const node = await cluster.addNode("node-1");
  await cluster.addNode("node-2");
  const client = await cluster.addPod("node-1", "client");
  const pods = [
    await cluster.addPod("node-2", "db-1"),
    await cluster.addPod("node-2", "db-2"),
  ];
  for (const pod of pods) {
    await cluster.serve(pod, { protocol: "tcp", port: 8080 });
  }
  const { code } = await cluster.exec(cluster.outside, [
    ...["sh", "-ec", routesVia(node)],
  ]);
  if (code !== 0) throw new Error("Cannot route outside");
  await loadOthers(cluster, node);
  const api = await Api.start(cluster, CIDR_FLAGS);
  await api.create(nodeObject(node));
  for (const [name, number] of Object.entries(NUMBERS)) {
    await publish(api, {
      ...{ name, number, balancer: [] },
      endpoints: name === "empty" ? [] : pods,
      ...(name === "equal" ? { nodePort: NODE_PORT } : {}),
      spec: {
        type: name === "equal" ? "NodePort" : "ClusterIP",
        ipFamilyPolicy: "SingleStack",
        ipFamilies: ["IPv4"],
        clusterIPs: [`10.96.7.${number}`],
        externalIPs: [],
      },
    });
  }
  const { parameters } = driver.config;
  const scene: Scene = { cluster, api, node, parameters };
  const addresses = pods.map(({ ipv4 }) => ipv4);
  const services: OldService[] = [
    oldService(NUMBERS.equal, "-s rr", addresses),
    oldService(NUMBERS.reversed, "-s rr", addresses.toReversed()),
    oldService(NUMBERS.differs, "-s wlc -p 10800", addresses.slice(0, 1)),
    oldService(NUMBERS.empty, "-s rr", []),
  ];
  return { scene, old: new OldTables(scene, services, pods), client };
}

function oldService(
  number: number,
  options: string,
  realServers: readonly string[],
): OldService {
  return { address: `10.96.7.${number}`, options, realServers };
}

/** New connections from everywhere to everything, until the end. */
async function startLoads(
  { scene, client }: World,
): Promise<() => Promise<Map<string, LoadResult>>> {
  const { cluster, node } = scene;
  const { equal, reversed, differs } = NUMBERS;
  const loads = new Map<string, () => Promise<LoadResult>>();
  const sockets = [equal, reversed, differs].map((number) =>
    [`10.96.7.${number}`, 80] as const
  );
  for (const from of [cluster.outside, client, node]) {
    const targets = [...sockets, [node.ipv4, NODE_PORT] as const];
    for (const [n, [address, port]] of targets.entries()) {
      const stop = await cluster.load(
        from,
        {
          ...{ protocol: "tcp", address, port },
          ...{ concurrency: 1, pauseMs: 40, timeoutMs: 5_000 },
          sourcePorts: sourcePortsOf(n),
        },
      );
      loads.set(`${from.name} to ${address}:${port}`, stop);
    }
  }
  return async () => {
    const results = new Map<string, LoadResult>();
    for (const [name, stop] of loads) results.set(name, await stop());
    return results;
  };
}

/** A command is a process that starts Deno: slow on a busy machine. */
const PATIENT = { limitMs: 180_000 };

await drive(async (driver) => {
  const world = await makeWorld(driver);
  const { scene, old } = world;
  const others = await observeNode(scene);
  await old.sync();
  const before = await observeNode(scene);
  const stop = await startLoads(world);
  const startMs = performance.now();
  const tell = (what: string): void => {
    const ms = Math.round(performance.now() - startMs);
    driver.say(
      `${what} ${ms} ms after the loads began (${new Date().toISOString()})`,
    );
  };

  await driver.step(
    "plan and apply: what is kube-proxy's is recorded",
    async () => {
      for (const verb of ["plan", "apply"]) {
        const text = said(await kubeProxy(scene, "migrate", verb));
        driver.say(text);
        driver.data(`migrate-${verb}`, { text });
      }
      must(
        difference(before, await observeNode(scene)),
        "the node was changed",
      );
    },
    PATIENT,
  );

  await driver.step("the agent takes over, then the old goes", async () => {
    tell("the agent starts");
    await startAgent(scene);
    tell("the agent is ready");
    driver.say(lastLine(await kubeProxy(scene, "migrate", "apply")));
    tell("the old is away");
    // Addresses outlive their virtual servers by some seconds.
    let after = await observeNode(scene);
    await eventually(async () => {
      after = await observeNode(scene);
      checkOver(difference(others, after));
    }, { timeoutMs: 20_000, pauseMs: 500 });
    if (!after.ipvs.includes("-A -t 10.96.7.12:80 -s rr")) {
      throw new Error(`what differed was not brought in place:\n${after.ipvs}`);
    }
  }, PATIENT);

  await driver.step("back: kube-proxy syncs, then ours goes", async () => {
    await scene.cluster.stopAgent(scene.node.name);
    tell("the agent has ended");
    const early = await kubeProxy(scene, "migrate", "rollback");
    if (early.code !== 1) throw new Error(`too early: ${early.stdout}`);
    tell("kube-proxy syncs");
    await old.sync();
    tell("ours goes");
    const text = said(await kubeProxy(scene, "migrate", "rollback"));
    driver.data("migrate-rollback", { text });
    await asOld(scene, before);
  }, PATIENT);

  await driver.step("no connection failed on the way", async () => {
    const errors: string[] = [];
    let total = 0;
    for (const [name, result] of await stop()) {
      const { total: dials, failures, examples } = result;
      total += dials;
      const failed = Object.entries(failures);
      if (failed.length > 0 || dials < 20) {
        const seen = examples.map(({ failure, atMs }) =>
          `${failure} at ${Math.round(atMs)} ms`
        );
        errors.push(`${name}: ${dials} dials, ${seen.join(", ")}`);
      }
    }
    driver.say(`${total} connections`);
    must(errors.join("\n"), "some failed");
  }, PATIENT);

  await driver.step("nothing of either is left in the end", async () => {
    said(await kubeProxy(scene, "cleanup", "--kube-proxy"));
    must(difference(others, await observeNode(scene)), "it is not as before");
  }, PATIENT);
});

/** Beside what others have, all is ours. */
function checkOver(difference: string): void {
  const strange = difference.split("\n").filter((line) =>
    line.startsWith("- ") ||
    /^\+ (?:rules\d|sets): .*KUBE-/.test(line) && !line.includes("KUBE-VS")
  );
  must(strange.join("\n"), "something of the old is left, or others' is gone");
  if (/10\.100\.0\./.test(difference)) {
    throw new Error(`what no Service has is left:\n${difference}`);
  }
}

async function asOld(scene: Scene, before: ObservedNode): Promise<void> {
  const text = difference(before, await observeNode(scene));
  must(text, "it is not as kube-proxy left it");
}

function must(text: string, what: string): void {
  if (text !== "") throw new Error(`${what}:\n${text}`);
}

/** What it printed, when it ended well. */
function said({ code, stdout, stderr }: Output): string {
  if (code === 0) return stdout;
  throw new Error(`ended with ${code}: ${stdout}${stderr}`);
}

/** How it ended. */
function lastLine(output: Output): string {
  return said(output).trimEnd().split("\n").at(-1) ?? "";
}
