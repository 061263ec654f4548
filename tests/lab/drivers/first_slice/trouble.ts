/**
 * Malformed objects, drift, and an agent that stops.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  type ApiObject,
  difference,
  eventually,
  type ObservedNode,
  serviceObject,
  sliceObject,
} from "../../guest/mod.ts";
import { PORTS, VIP } from "./reach.ts";
import { tellingTools } from "./rights.ts";
import {
  answered,
  assertIncludes,
  firstAnswer,
  type Scene,
  startAgent,
} from "./scene.ts";

const TO = { address: VIP, port: 5432 };
const BIG = 10_000_000;

/** Services that a server would never give, by name. */
function malformed(): Record<string, ApiObject> {
  const base = (name: string, spec: unknown, extra: ApiObject = {}) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "default", uid: name, ...extra },
    spec,
  });
  const ports = [{ port: 80, protocol: "TCP" }];
  return {
    "bad-no-ports": base("bad-no-ports", { clusterIP: "10.96.1.1" }),
    "bad-ip": base("bad-ip", {
      clusterIP: "10.96.1.999",
      clusterIPs: ["10.96.1.999"],
      ports,
    }),
    "bad-injection": base("bad-injection", {
      clusterIP: "10.96.1.2:80 -s rr\n-C",
      clusterIPs: ["10.96.1.2:80 -s rr\n-C"],
      ports,
    }),
    "bad-port": base("bad-port", {
      clusterIP: "10.96.1.3",
      clusterIPs: ["10.96.1.3"],
      ports: [{ port: "80\n-C", protocol: "TCP" }, {
        port: 99999,
        protocol: "TCP",
      }],
    }),
    "bad-protocol": base("bad-protocol", {
      clusterIP: "10.96.1.4",
      clusterIPs: ["10.96.1.4"],
      ports: [{ port: 80, protocol: "ICMP" }],
    }),
    "bad-spec": base("bad-spec", "none"),
    "bad-types": base("bad-types", { clusterIPs: 7, ports: { a: 1 } }),
    "bad-\u0000\u001b[31m": base("bad-\u0000\u001b[31m", {
      clusterIP: 5,
      ports,
    }),
    "bad-big": base("bad-big", {
      clusterIP: "nonsense",
      clusterIPs: ["nonsense"],
      ports,
    }, {
      annotations: { big: "x".repeat(BIG) },
    }),
  };
}

/** Malformed objects are named and skipped; others go on. */
export async function malformedObjects(scene: Scene): Promise<void> {
  const { driver, cluster, api, web, db } = scene;
  await driver.step("malformed objects disturb no other Service", async () => {
    for (const [name, object] of Object.entries(malformed())) {
      await api.putMalformed("Service", `default/${name}`, object);
    }
    await api.create(sliceObject("after", PORTS, [{ address: db[0].ipv4 }]));
    await api.create(
      serviceObject("after", PORTS, { clusterIP: "10.96.0.60" }),
    );
    await firstAnswer(scene, web, { address: "10.96.0.60", port: 5432 });
    answered(await cluster.dial(web, TO), ...db);
    const ipvs = await cluster.ipvs("node-1");
    assertEquals(ipvs.match(/10\.96\.1\.\d+:(?!80 )/g), null, ipvs);
  });
  await driver.step("a message names every malformed object", async () => {
    await eventually(() => {
      const log = cluster.programs.get("node-1").log.join("\n");
      const missing = Object.keys(malformed()).filter((name) =>
        !log.includes(name.replace(/[^\w-].*$/s, ""))
      );
      assertEquals(missing, []);
    }, { timeoutMs: 5_000 });
  });
}

/** What others change is put right; what they own is left. */
export async function drift(scene: Scene): Promise<void> {
  const { driver, cluster, web, db } = scene;
  const node = cluster.node("node-1");
  const script = `set -x
ipvsadm -D -t ${VIP}:5432
ip addr del ${VIP}/32 dev kube-ipvs0
for set in $(ipset list -n | grep ^KUBE-VS4- | grep -v FOREIGN); do ipset flush $set; done
iptables -t nat -F $(iptables -t nat -S | awk '/^-N KUBE-VS-/ { print $2; exit }')`;
  await driver.step("what someone deletes is repaired, all of it", async () => {
    const before = await cluster.observe("node-1");
    assertIncludes(before.ipvs, `-A -t ${VIP}:5432`);
    const { stderr } = await cluster.exec(node, ["sh", "-c", script]);
    driver.say(stderr);
    const ms = await eventually(async () => {
      const after = await cluster.observe("node-1");
      assertEquals(difference(withoutDrains(before), withoutDrains(after)), "");
    }, { timeoutMs: 60_000, pauseMs: 300 });
    driver.say(`repaired after ${ms} ms`);
    for (const place of [web, node]) {
      answered(await cluster.dial(place, TO), ...db);
    }
  });
  await driver.step(
    "a device that is flushed or deleted is healed",
    async () => {
      for (const change of ["addr flush dev", "link del"]) {
        await cluster.exec(node, ["sh", "-c", `ip ${change} kube-ipvs0`]);
        const ms = await eventually(async () => {
          const { stdout } = await cluster.exec(node, [
            ...["ip", "-o", "addr", "show", "dev", "kube-ipvs0"],
          ]);
          assertIncludes(stdout, `inet ${VIP}/32`);
        }, { timeoutMs: 20_000, pauseMs: 50 });
        driver.say(`ip ${change}: healed after ${ms} ms`);
        // The next audit could be 5 s away.
        assert(ms < 3_000, `${change}: ${ms} ms`);
      }
      await cluster.exec(node, [
        "ip",
        "addr",
        "add",
        "10.96.200.1/32",
        "dev",
        "kube-ipvs0",
      ]);
    },
  );
  await driver.step("a real server that nobody wants goes", async () => {
    const server = ["-t", `${VIP}:5432`, "-r", "10.32.88.8:1"];
    await cluster.exec(node, ["ipvsadm", "-a", ...server, "-m"]);
    await eventually(async () => {
      const { ipvs } = await cluster.observe("node-1");
      assert(!ipvs.includes("10.32.88.8"), ipvs);
    }, { timeoutMs: 60_000, pauseMs: 300 });
  });
}

/** Real servers that drain go by themselves meanwhile. */
function withoutDrains(observed: ObservedNode): ObservedNode {
  const lines = observed.ipvs.split("\n");
  const ipvs = lines.filter((line) => !line.endsWith(" -w 0")).join("\n");
  return { ...observed, ipvs };
}

/** Stopping leaves the data path; starting again changes nothing. */
export async function restart(scene: Scene): Promise<void> {
  const { driver, cluster, api, web, db } = scene;
  const node = cluster.node("node-1");
  await driver.step(
    "SIGTERM ends the agent well and leaves the data path",
    async () => {
      const kept = await cluster.connect(web, TO);
      answered(kept.first, ...db);
      const before = await cluster.observe("node-1");
      const { code } = await cluster.stopAgent("node-1");
      assertEquals(code, 0, "exit code");
      assertEquals(difference(before, await cluster.observe("node-1")), "");
      for (const place of [web, node]) {
        answered(
          await cluster.dial(place, TO),
          ...db,
        );
      }
      answered(await kept.ask(), ...db);
      startAgent(cluster, api, "node-1", await tellingTools(driver));
      await cluster.programs.get("node-1").waitFor(/./);
      await new Promise((resolve) => setTimeout(resolve, 8_000));
      assertEquals(difference(before, await cluster.observe("node-1")), "");
      answered(await kept.ask(), ...db);
      await kept.close();
    },
  );
  await driver.step(
    "after the restart it follows changes and forgets none",
    async () => {
      await api.delete("Service", "after");
      await eventually(async () => {
        const ipvs = await cluster.ipvs("node-1");
        assert(!ipvs.includes("10.96.0.60"), ipvs);
      }, { timeoutMs: 20_000, pauseMs: 200 });
    },
  );
  await driver.step(
    "killed and started again, it takes up where it was",
    async () => {
      const before = await cluster.observe("node-1");
      await cluster.restartAgent("node-1", "SIGKILL");
      await new Promise((resolve) => setTimeout(resolve, 8_000));
      assertEquals(difference(before, await cluster.observe("node-1")), "");
      answered(await cluster.dial(web, TO), ...db);
    },
  );
}
