/**
 * Other programs on the node: host ports of pods, network policies, a flush
 * of all rules, and machines that ask who has an address.
 *
 * @module
 */

import { addressOf, eventually, type Place, publish } from "../../guest/mod.ts";
import {
  expectAll,
  must,
  restartWith,
  type Scene,
  startAgent,
  TARGET_PORT,
  targetsOf,
  untilAll,
  untilReady,
  type Wish,
} from "./scene.ts";

const NEXT_TO = 40;
const PORT = 443;
const THIEF_PORT = 9090;
/**
 * A look at the rules costs the guest 200 ms and may take a twentieth of the
 * time, so here it comes every 4 s; elsewhere it costs 10 ms, and
 * `rules_heal.lab.ts` holds it to a second.
 */
const HEALED_MS = 12_000;

/** Publishes the Service that the others get in the way of. */
export async function publishNextTo(scene: Scene): Promise<void> {
  const { api, cluster, db1 } = scene;
  const endpoints = [db1];
  await publish(api, {
    name: "next-to",
    number: NEXT_TO,
    endpoints,
    port: PORT,
  });
  await untilAll(scene, answersOf(scene, [cluster.outside]));
}

function answersOf(scene: Scene, clients: readonly Place[]): Wish[] {
  return clients.flatMap((from) =>
    targetsOf(scene, NEXT_TO, { port: PORT }).map((
      to,
    ): Wish => [from, to, "db-1"])
  );
}

const JUMP = "-m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT";
const UNDO_HOST_PORT =
  `for t in iptables ip6tables; do for c in PREROUTING OUTPUT; do
  $t -t nat -D $c ${JUMP}; done
  $t -t nat -F CNI-HOSTPORT-DNAT; $t -t nat -X CNI-HOSTPORT-DNAT; done`;

/** A pod with a host port does not get what belongs to a Service. */
export async function hostPortOfPod(scene: Scene): Promise<void> {
  const { driver, cluster, node1, web } = scene;
  const thief = await cluster.addPod("node-1", "thief");
  await cluster.serve(thief, { port: THIEF_PORT });
  const clients = [cluster.outside, web, node1];
  const own: Wish[] = [
    [cluster.outside, { address: node1.ipv4, port: PORT }, "thief"],
    [cluster.outside, { address: node1.ipv6, port: PORT }, "thief"],
  ];
  const insert = (target: string, tool: string): string =>
    `${tool} -t nat -N CNI-HOSTPORT-DNAT
${tool} -t nat -A CNI-HOSTPORT-DNAT -p tcp --dport ${PORT} -j DNAT --to ${target}
for chain in PREROUTING OUTPUT; do ${tool} -t nat -I $chain 1 ${JUMP}; done\n`;
  await driver.step(
    "hostport-steals-vip: rules that come first are second soon",
    async () => {
      await must(
        scene,
        node1,
        insert(`${thief.ipv4}:${THIEF_PORT}`, "iptables") +
          insert(`[${thief.ipv6}]:${THIEF_PORT}`, "ip6tables"),
      );
      const ms = await untilAll(scene, answersOf(scene, clients));
      driver.say(`put first again after ${ms} ms`);
      if (ms > HEALED_MS * scene.patience) {
        throw new Error(`only after ${ms} ms`);
      }
      await expectAll(scene, own);
    },
  );
  await driver.step(
    "hostport-steals-vip: rules that were there before the agent are second",
    async () => {
      await cluster.stopAgent("node-1");
      await must(
        scene,
        node1,
        `for t in iptables ip6tables; do for c in PREROUTING OUTPUT; do
  $t -t nat -F $c; $t -t nat -A $c ${JUMP}; done; done`,
      );
      await expectAll(scene, [[
        web,
        targetsOf(scene, NEXT_TO, { port: PORT })[0] ?? none(),
        "thief",
      ]]);
      startAgent(scene, node1);
      await untilReady(scene, node1);
      await untilAll(scene, answersOf(scene, clients));
      await expectAll(scene, own);
    },
  );
  await must(scene, node1, UNDO_HOST_PORT);
  await cluster.deletePod("thief");
}

function none(): never {
  throw new Error("Cannot find a frontend");
}

/** What a network policy of the node sees of Services. */
export async function networkPolicy(scene: Scene): Promise<void> {
  const { driver, cluster, node1, web, db1 } = scene;
  const [to = none()] = targetsOf(scene, NEXT_TO, { port: PORT });
  const refused = async (rule: string, wishes: readonly Wish[]) => {
    await must(scene, node1, `iptables -I OUTPUT 1 ${rule} -j DROP`);
    try {
      await expectAll(scene, wishes);
    } finally {
      await must(scene, node1, `iptables -D OUTPUT ${rule} -j DROP`);
    }
  };
  const toPod = `-d ${db1.ipv4} -p tcp --dport ${TARGET_PORT}`;
  await driver.step(
    "netpol-bypass: a policy sees the pods' own addresses",
    () =>
      refused(`-s ${web.ipv4} ${toPod}`, [
        [web, to, "timed-out"],
        [cluster.outside, to, "db-1"],
      ]),
  );
  await driver.step(
    "netpol-bypass: what will be masqueraded carries the mark 0x4000",
    () =>
      refused(`${toPod} -m mark --mark 0x4000/0x4000`, [
        [cluster.outside, to, "timed-out"],
        [web, to, "db-1"],
      ]),
  );
  await driver.step(
    "netpol-bypass: addresses are on the dummy device kube-ipvs0",
    async () => {
      const text = await must(scene, node1, "ip -d addr show dev kube-ipvs0");
      for (const part of ["dummy", `inet ${to.address}/32`]) {
        if (!text.includes(part)) throw new Error(`No "${part}" in ${text}`);
      }
    },
  );
}

/** Someone flushes everything. */
export async function flush(scene: Scene): Promise<void> {
  const { driver, cluster, node1, web } = scene;
  await driver.step("flushed rules are back soon", async () => {
    const before = await cluster.observe("node-1");
    await must(
      scene,
      node1,
      `for t in iptables ip6tables; do
  for table in nat mangle filter; do $t -t $table -F; done; done`,
    );
    const ms = await eventually(async () => {
      const { rules4, rules6 } = await cluster.observe("node-1");
      if (rules4 !== before.rules4) throw new Error(rules4);
      if (rules6 !== before.rules6) throw new Error(rules6);
    }, { timeoutMs: 20_000 * scene.patience, pauseMs: 20 });
    driver.say(`seen to be as before ${ms} ms after the flush`);
    if (ms > HEALED_MS * scene.patience) throw new Error(`only after ${ms} ms`);
    await expectAll(scene, answersOf(scene, [cluster.outside, web, node1]));
  });
}

/** Nobody on the wire is told that a node has a Service's address. */
export async function neighbours(scene: Scene): Promise<void> {
  const { driver, cluster, node1 } = scene;
  const { outside } = cluster;
  const vips = targetsOf(scene, NEXT_TO, { port: PORT }).filter(({ family }) =>
    family === "ipv4"
  ).map(({ address }) => address);
  const hasAnswer = async (address: string): Promise<boolean> => {
    const argv = ["busybox", "arping", "-f", "-c", "2", "-w", "2"];
    const { code, stdout } = await cluster.exec(outside, [
      ...argv,
      "-I",
      "eth0",
      address,
    ]);
    return code === 0 && stdout.includes("reply from");
  };
  const expectAnswers = async (wanted: readonly string[]): Promise<void> => {
    for (const address of [node1.ipv4, ...vips]) {
      if (await hasAnswer(address) === wanted.includes(address)) continue;
      throw new Error(`ARP for ${address}: wanted answers of ${wanted}`);
    }
  };
  await driver.step(
    "arp-duplicate: ARP is answered for the node's address alone",
    () => expectAnswers([node1.ipv4]),
  );
  await driver.step(
    "arp-duplicate: nor is a neighbour told by IPv6",
    async () => {
      const address = addressOf(NEXT_TO, "load-balancer", "ipv6");
      const route = `${address}/128 dev eth0`;
      await must(scene, outside, `ip -6 route add ${route}`);
      try {
        await expectAll(scene, [
          [outside, { address, port: PORT }, "timed-out", "unreachable"],
          [outside, { address: node1.ipv6, port: PORT }, "refused"],
        ]);
      } finally {
        await must(scene, outside, `ip -6 route del ${route}`);
      }
    },
  );
  await driver.step("arp-duplicate: told otherwise, it is", async () => {
    await cluster.sysctl(node1, {
      "net.ipv4.conf.all.arp_ignore": "0",
      "net.ipv4.conf.all.arp_announce": "0",
    });
    await restartWith(scene, "--ipvs-strict-arp=false");
    await expectAnswers([node1.ipv4, ...vips]);
    await restartWith(scene);
    await expectAnswers([node1.ipv4]);
    const log = cluster.programs.get("node-1").log.join("\n");
    if (!log.includes("set net.ipv4.conf.all.arp_ignore = 1")) {
      throw new Error("The log does not tell of arp_ignore");
    }
  });
}
