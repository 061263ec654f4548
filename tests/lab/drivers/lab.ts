/**
 * Proves the lab itself, with virtual servers and rules made by hand: what it
 * says of a packet must be true before it may judge an agent.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  Cluster,
  type DialResult,
  difference,
  drive,
  type Driver,
  eventually,
  type Place,
} from "../guest/mod.ts";

const VIP4 = "10.96.0.12";
const VIP6 = "fd00:96::12";

interface Scene {
  readonly driver: Driver;
  readonly cluster: Cluster;
  readonly web: Place;
  readonly db: Place;
}

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

function answered(result: DialResult, by: string): void {
  assertEquals(result.answeredBy, by, JSON.stringify(result));
}

function failed(result: DialResult, failure: string): void {
  assertEquals(result.failure, failure, JSON.stringify(result));
}

async function withoutService({ driver, cluster, web, db }: Scene) {
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

async function failures({ driver, cluster, web, db }: Scene) {
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

async function byHand({ driver, cluster, web, db }: Scene) {
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

async function must(
  cluster: Cluster,
  node: string,
  argv: readonly string[],
  stdin?: string,
): Promise<string> {
  const options = stdin === undefined ? {} : { stdin };
  const got = await cluster.exec(cluster.node(node), argv, options);
  assertEquals({ code: got.code, stderr: got.stderr }, { code: 0, stderr: "" });
  return got.stdout;
}

async function connections({ driver, cluster, web, db }: Scene) {
  await driver.step(
    "a kept connection stays and shows when it is cut",
    async () => {
      const kept = await cluster.connect(web, { address: VIP4, port: 80 });
      answered(kept.first, "db");
      answered(await kept.ask(), "db");
      await must(cluster, "node-1", [
        "sysctl",
        "-qw",
        "net.ipv4.vs.expire_nodest_conn=1",
      ]);
      await must(cluster, "node-1", [
        "ipvsadm",
        "-d",
        "-t",
        `${VIP4}:80`,
        "-r",
        `${db.ipv4}:80`,
      ]);
      failed(await kept.ask(500), "reset");
      await kept.close();
      await must(cluster, "node-1", [
        "ipvsadm",
        "-a",
        "-t",
        `${VIP4}:80`,
        "-r",
        `${db.ipv4}:80`,
        "-m",
      ]);
    },
  );
  await driver.step("a load counts answers and failures", async () => {
    const stop = await cluster.load(web, {
      address: VIP4,
      port: 80,
      timeoutMs: 300,
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { total, answered, failures } = await stop();
    driver.say(`${total} dials in 500 ms`);
    assert(
      total > 20 && answered["db"] === total,
      JSON.stringify({ answered, failures }),
    );
  });
}

async function isolation({ driver, cluster, web }: Scene) {
  await driver.step(
    "each node has its own virtual servers, sets, rules and addresses",
    async () => {
      const two = await cluster.observe("node-2");
      assertEquals(two.ipvs, "");
      assertEquals(two.sets, "");
      assert(!two.rules4.includes("LAB"));
      assert(!two.addresses.includes("kube-ipvs0"));
      const one = await cluster.observe("node-1");
      assert(one.rules4.includes("--match-set LAB"));
      assert(one.sets.includes(`add LAB ${VIP4},tcp:80`));
      const from = await cluster.dial(cluster.node("node-2"), {
        address: VIP4,
        port: 80,
        timeoutMs: 300,
      });
      failed(from, "timed-out");
      void web;
    },
  );
  await driver.step("each node has its own /run and /sys", async () => {
    await must(cluster, "node-1", ["sh", "-c", "echo one > /run/mine"]);
    const other = await cluster.exec(cluster.node("node-2"), [
      "cat",
      "/run/mine",
    ]);
    assertEquals(other.code, 1);
    assertMatch(
      await must(cluster, "node-1", ["ls", "/sys/class/net"]),
      /kube-ipvs0/,
    );
  });
  await driver.step("modprobe finds the modules as on a host", async () => {
    await must(cluster, "node-2", [
      "modprobe",
      "-a",
      "ip_vs_sh",
      "br_netfilter",
      "dummy",
    ]);
    const path = "/proc/sys/net/bridge/bridge-nf-call-iptables";
    assertMatch(await cluster.readProc(cluster.node("node-2"), path), /[01]/);
  });
}

async function changes({ driver, cluster, web, db }: Scene) {
  await driver.step("what changed on a node is told line by line", async () => {
    const before = await cluster.observe("node-1");
    assertEquals(difference(before, await cluster.observe("node-1")), "");
    await must(cluster, "node-1", ["ipset", "add", "LAB", "10.96.0.13,tcp:80"]);
    assertEquals(
      difference(before, await cluster.observe("node-1")),
      "+ sets: add LAB 10.96.0.13,tcp:80",
    );
  });
  await driver.step("a node and pods come and go", async () => {
    await cluster.addNode("node-3");
    const late = await cluster.addPod("node-3", "late");
    await cluster.serve(late, { port: 80 });
    for (const address of [late.ipv4, late.ipv6]) {
      answered(await cluster.dial(web, { address, port: 80 }), "late");
    }
    await cluster.deletePod("late");
    const again = await cluster.addPod("node-3", "late", { host: 9 });
    assertEquals(again.ipv4, "10.32.3.9");
    await cluster.removeNode("node-3");
    const gone = await cluster.dial(web, {
      address: again.ipv4,
      port: 80,
      timeoutMs: 300,
    });
    failed(gone, "timed-out");
    await eventually(async () =>
      answered(await cluster.dial(web, { address: db.ipv4, port: 80 }), "db")
    );
  });
  await driver.step("a program's log and end are seen", async () => {
    const argv = [
      "sh",
      "-c",
      "trap 'echo down; exit 3' TERM; echo up; while :; do sleep 0.1; done",
    ];
    const running = cluster.start("sleeper", cluster.node("node-1"), argv);
    await running.waitFor(/up/);
    assertEquals((await running.stop()).code, 3);
    assertEquals(running.log, ["up", "down"]);
  });
}
