/**
 * Proves the lab itself, with virtual servers and rules made by hand: what it
 * says of a packet must be true before it may judge an agent.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { Cluster, drive, type Place } from "../guest/mod.ts";
import { changes, connections, isolation } from "./lab/later.ts";
import { answered, failed, must, type Scene, VIP4, VIP6 } from "./lab/scene.ts";

await drive(async (driver) => {
  const startMs = performance.now();
  const cluster = await Cluster.create(driver);
  await cluster.addNode("node-1");
  await cluster.addNode("node-2");
  const web = await cluster.addPod("node-1", "web");
  await cluster.addPod("node-1", "other");
  const db = await cluster.addPod("node-2", "db", { host: 15 });
  await cluster.addPod("node-2", "cache");
  const ms = Math.round(performance.now() - startMs);
  driver.say(`two nodes, four pods, an outside client: ${ms} ms`);
  for (const protocol of ["tcp", "udp", "sctp"] as const) {
    await cluster.serve(db, { protocol, port: 80 });
  }
  const scene = { driver, cluster, web, db };
  await withoutService(scene);
  await failures(scene);
  await byHand(scene);
  await connections(scene);
  await isolation(scene);
  await changes(scene);
});

async function withoutService(
  { driver, cluster, web, db }: Scene,
): Promise<void> {
  for (const protocol of ["tcp", "udp", "sctp"] as const) {
    for (const family of ["ipv4", "ipv6"] as const) {
      const name = `a pod reaches a pod of another node, ${protocol} ${family}`;
      await driver.step(name, async () => {
        const address = db[family];
        const got = await cluster.dial(web, { protocol, address, port: 80 });
        answered(got, "db");
        assertEquals(got.sourceSeen, got.source);
        assert(got.source?.includes(web[family]), "the pod's own address");
      });
    }
  }
  await driver.step(
    "node, outside client and API server reach a pod",
    async () => {
      const from = [cluster.node("node-1"), cluster.outside, cluster.control];
      for (const place of from) {
        for (const address of [db.ipv4, db.ipv6]) {
          answered(await cluster.dial(place, { address, port: 80 }), "db");
        }
      }
    },
  );
}

async function failures({ driver, cluster, web, db }: Scene): Promise<void> {
  await driver.step(
    "refused, reset, silent and unreachable are told apart",
    async () => {
      await cluster.serve(db, { port: 81, mode: "reset" });
      await cluster.serve(db, { port: 82, mode: "silent" });
      const timeoutMs = 500;
      for (const address of [db.ipv4, db.ipv6]) {
        const dial = (port: number, protocol: "tcp" | "udp" | "sctp" = "tcp") =>
          cluster.dial(web, { protocol, address, port, timeoutMs });
        failed(await dial(83), "refused");
        failed(await dial(83, "udp"), "refused");
        failed(await dial(83, "sctp"), "refused");
        failed(await dial(81), "reset");
        failed(await dial(82), "timed-out");
      }
      const nowhere = { address: "10.32.77.1", port: 1, timeoutMs };
      failed(await cluster.dial(web, nowhere), "timed-out");
      await cluster.exec(web, [
        "ip",
        "route",
        "add",
        "unreachable",
        "10.99.0.0/16",
      ]);
      const barred = { address: "10.99.0.1", port: 1, timeoutMs };
      failed(await cluster.dial(web, barred), "unreachable");
    },
  );
  await driver.step("a dial takes milliseconds, many go at once", async () => {
    const startMs = performance.now();
    const dials = Array.from(
      { length: 200 },
      () => cluster.dial(web, { address: db.ipv4, port: 80 }),
    );
    for (const result of await Promise.all(dials)) answered(result, "db");
    const each = (performance.now() - startMs) / dials.length;
    driver.say(`${each.toFixed(1)} ms a dial`);
    assert(each < 50, `${each} ms a dial`);
  });
}

async function byHand({ driver, cluster, web, db }: Scene): Promise<void> {
  await driver.step(
    "a ClusterIP made by hand goes to a pod of the other node",
    async () => {
      await must(cluster, "node-1", ["ipvsadm", "-R"], byHandServers(db));
      await must(
        cluster,
        "node-1",
        ["ip", "-batch", "-"],
        [
          "link add kube-ipvs0 type dummy",
          `addr add ${VIP4}/32 dev kube-ipvs0`,
          `addr add ${VIP6}/128 dev kube-ipvs0 nodad`,
        ].join("\n") + "\n",
      );
      for (const address of [VIP4, VIP6]) {
        for (const protocol of ["tcp", "udp", "sctp"] as const) {
          const got = await cluster.dial(web, { protocol, address, port: 80 });
          answered(got, "db");
          assertEquals(got.sourceSeen, got.source, "not masqueraded");
        }
      }
      assertMatch(await cluster.ipvs("node-1"), /-A -t 10\.96\.0\.12:80 -s rr/);
    },
  );
  await driver.step(
    "masquerade and sets made by hand work in legacy iptables",
    async () => {
      await must(
        cluster,
        "node-1",
        ["ipset", "restore"],
        `create LAB hash:ip,port\nadd LAB ${VIP4},tcp:80\n`,
      );
      await must(
        cluster,
        "node-1",
        ["iptables-restore", "--noflush"],
        "*nat\n-A POSTROUTING -m set --match-set LAB dst,dst -j MASQUERADE\n" +
          "-A POSTROUTING -m ipvs --ipvs --vaddr 10.96.0.12 -j MASQUERADE\nCOMMIT\n",
      );
      await must(cluster, "node-1", [
        "sysctl",
        "-qw",
        "net.ipv4.vs.conntrack=1",
      ]);
      const got = await cluster.dial(web, { address: VIP4, port: 80 });
      answered(got, "db");
      assert(got.sourceSeen?.startsWith("192.168.50.1:"), JSON.stringify(got));
    },
  );
}

function byHandServers(db: Place): string {
  return ["-t", "-u", "--sctp-service"].flatMap((flag) => [
    `-A ${flag} ${VIP4}:80 -s rr`,
    `-a ${flag} ${VIP4}:80 -r ${db.ipv4}:80 -m`,
    `-A ${flag} [${VIP6}]:80 -s rr`,
    `-a ${flag} [${VIP6}]:80 -r [${db.ipv6}]:80 -m`,
  ]).join("\n") + "\n";
}
