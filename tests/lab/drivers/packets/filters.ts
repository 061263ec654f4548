/**
 * Who is let in: ports that no Service has, policies DROP; and who is refused.
 *
 * @module
 */

import { addressOf, FAMILIES, type Family, publish } from "../../guest/mod.ts";
import {
  expectAll,
  must,
  PROTOCOLS,
  type Scene,
  targetsOf,
  untilAll,
  type Wish,
  wordOf,
} from "./scene.ts";

const HOST = 23;
const OPEN = 24;
const OPEN_PORT = 30_124;
const NONE = 25;
const TIMES = 1_000;
const HEALTH_PORT = 32_100;

const at = (number: number, family: typeof FAMILIES[number], port = 80) => ({
  address: addressOf(number, "load-balancer", family),
  port,
});

/** A Service's address has the ports of the Service, and no others. */
export async function hostPorts(scene: Scene): Promise<void> {
  const { driver, cluster, api, node1, web, db1 } = scene;
  const { outside } = cluster;
  for (const protocol of ["tcp", "udp"] as const) {
    await cluster.serve(node1, { protocol, port: 22, name: "sshd" });
  }
  await cluster.serve(node1, { port: HEALTH_PORT, name: "health" });
  await publish(api, {
    name: "host",
    number: HOST,
    endpoints: [db1],
    balancer: [
      ...FAMILIES.map((family) => addressOf(HOST, "load-balancer", family)),
      node1.ipv4,
    ],
    spec: {
      externalTrafficPolicy: "Local",
      healthCheckNodePort: HEALTH_PORT,
    },
  });
  await refuseHostPorts(scene);
  await driver.step(
    "host-ports-on-vip: the node's own address keeps its ports",
    () =>
      expectAll(scene, [
        [outside, { address: node1.ipv4, port: 22 }, "sshd"],
        [web, { address: node1.ipv4, port: 22 }, "sshd"],
        [outside, { address: node1.ipv6, port: 22 }, "sshd"],
        // It is an address of the load balancer, too.
        [outside, { address: node1.ipv4, port: 80 }, "db-1"],
      ]),
  );
  await letProbesIn(scene);
}

async function refuseHostPorts(scene: Scene): Promise<void> {
  const { driver, cluster: { outside }, node1, web } = scene;
  await driver.step(
    "host-ports-on-vip: a port of the host is refused on every VIP",
    async () => {
      await untilAll(scene, [[outside, at(HOST, "ipv4"), "db-1"]]);
      const wishes = [outside, web, node1].flatMap((from) =>
        targetsOf(scene, HOST, { port: 22 }).flatMap(({ address, port }) =>
          (["tcp", "udp"] as const).map((protocol): Wish => [
            from,
            { address, port, protocol },
            "refused",
          ])
        )
      );
      await expectAll(scene, wishes);
    },
  );
}

async function letProbesIn(scene: Scene): Promise<void> {
  const { driver, cluster: { outside }, node1, web } = scene;
  await driver.step(
    "host-ports-on-vip: the health check's port is answered there",
    () =>
      expectAll(
        scene,
        FAMILIES.map((family): Wish => [
          outside,
          at(HOST, family, HEALTH_PORT),
          "health",
        ]),
      ),
  );
  await driver.step("host-ports-on-vip: VIPs answer ping", async () => {
    for (const from of [outside, web, node1]) {
      for (const { address } of targetsOf(scene, HOST)) {
        await must(scene, from, pingOf(address));
      }
    }
  });
}

const pingOf = (address: string): string =>
  `busybox ping${address.includes(":") ? "6" : ""} -c 1 -W 2 ${address}`;

/** A host whose policies are DROP still passes what Services need. */
export async function policyDrop(scene: Scene): Promise<void> {
  const { driver, cluster, api, node1, web, far, db1, db2 } = scene;
  await publish(api, {
    name: "open",
    number: OPEN,
    endpoints: [db1, db2],
    protocols: PROTOCOLS,
    nodePort: OPEN_PORT,
  });
  const targets = targetsOf(scene, OPEN, { nodePort: OPEN_PORT });
  const wishes = [web, far, node1, cluster.outside].flatMap((from) =>
    targets.flatMap((to) =>
      PROTOCOLS.map((protocol): Wish => [
        from,
        { ...to, protocol },
        "db-1",
        "db-2",
      ])
    )
  );
  // What a pod network brings: other nodes reach the pods of this one, and
  // pods on a bridge find each other by IPv6.
  const podNetwork = (change: string): string =>
    `iptables ${change} FORWARD -i eth0 -d ${node1.podCidr4} -j ACCEPT
ip6tables ${change} FORWARD -i eth0 -d ${node1.podCidr6} -j ACCEPT
ip6tables ${change} FORWARD -p ipv6-icmp -j ACCEPT`;
  const closed = `for t in iptables ip6tables; do
  $t -P INPUT DROP; $t -P FORWARD DROP; done
iptables -A INPUT -s ${cluster.control.ipv4} -j ACCEPT
ip6tables -A INPUT -p ipv6-icmp -j ACCEPT
${podNetwork("-A")}`;
  const opened = `for t in iptables ip6tables; do
  $t -P INPUT ACCEPT; $t -P FORWARD ACCEPT; done
iptables -D INPUT -s ${cluster.control.ipv4} -j ACCEPT
ip6tables -D INPUT -p ipv6-icmp -j ACCEPT
${podNetwork("-D")}`;
  await driver.step(
    "input-policy-drop: every frontend is answered, to every client",
    async () => {
      await untilAll(scene, wishes);
      await must(scene, node1, closed);
      try {
        // Without a Service, nothing passes.
        await expectAll(scene, [
          [cluster.outside, { address: node1.ipv4, port: 22 }, "timed-out"],
        ]);
        for (let round = 0; round < 2; round++) await expectAll(scene, wishes);
      } finally {
        await must(scene, node1, opened);
      }
    },
  );
}

/** A Service without endpoints refuses the thousandth try as the first. */
export async function refusals(scene: Scene): Promise<void> {
  const { driver, cluster, api } = scene;
  await publish(api, {
    name: "none",
    number: NONE,
    endpoints: [],
    protocols: PROTOCOLS,
  });
  await driver.step(
    "refused a thousand times, each time at once",
    async () => {
      const slowest = await Promise.all(
        PROTOCOLS.flatMap((protocol) =>
          FAMILIES.map((family) => refusedOften(scene, protocol, family))
        ),
      );
      for (const line of slowest) driver.say(line);
    },
  );
  await driver.step("every kind of frontend refuses", () =>
    expectAll(
      scene,
      targetsOf(scene, NONE).flatMap((to) =>
        PROTOCOLS.map((protocol): Wish => [
          cluster.outside,
          { ...to, protocol },
          "refused",
        ])
      ),
    ));
}

async function refusedOften(
  scene: Scene,
  protocol: typeof PROTOCOLS[number],
  family: Family,
): Promise<string> {
  const { cluster, web } = scene;
  const address = addressOf(NONE, "cluster-ip", family);
  const to = { protocol, address, port: 80 };
  await untilAll(scene, [[web, to, "refused"]]);
  let slowestMs = 0;
  // A socket of SCTP costs the guest 30 ms.
  const times = protocol === "sctp" ? TIMES / 5 : TIMES;
  for (let time = 0; time < times; time++) {
    const result = await cluster.dial(web, to);
    slowestMs = Math.max(slowestMs, result.ms);
    if (wordOf(scene, result) !== "refused") {
      throw new Error(
        `${protocol} ${family}, ${time}: ${wordOf(scene, result)}`,
      );
    }
  }
  return `${protocol} ${family}: the slowest of ${times} took ${slowestMs} ms`;
}
