/**
 * The lab's own proof, second half: connections, isolation, change.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { difference, eventually } from "../../guest/mod.ts";
import { answered, failed, must, type Scene, VIP4 } from "./scene.ts";

/** Kept connections and loads. */
export async function connections(
  { driver, cluster, web, db }: Scene,
): Promise<void> {
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

/** What nodes do not share. */
export async function isolation(
  { driver, cluster, web }: Scene,
): Promise<void> {
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

/** What comes, goes and differs. */
export async function changes(
  { driver, cluster, web, db }: Scene,
): Promise<void> {
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
