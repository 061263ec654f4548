/**
 * An outside client asks the health-check node ports of a Service with policy
 * Local: with and without an endpoint here, with a kernel that lost it, on a
 * node that is being deleted, and with the port taken by another program.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  type ApiObject,
  drive,
  eventually,
  nodeObject,
  type Place,
  type Pod,
  publish,
  sliceObject,
} from "../guest/mod.ts";
import { makeScene, must, type Scene } from "./packets/scene.ts";
import { startAgent, untilReady } from "./packets/scene.ts";

const PORT = 31_500;
const TAKEN = 31_501;
const NUMBER = 70;
const PATIENCE_MS = 30_000;
/** Everything is looked at this often; health has no server of its own. */
const FLAGS = ["--ipvs-sync-period=3s", "--healthz-bind-address="];

/** Asks addresses at once; prints status, weight, count of each. */
const ASK = `
import http.client, json, sys
for host in sys.argv[2:]:
    try:
        c = http.client.HTTPConnection(host, int(sys.argv[1]), timeout=3)
        c.request("GET", "/healthz")
        r = c.getresponse()
        n = json.load(r)["localEndpoints"]
        print(r.status, r.headers["X-Load-Balancing-Endpoint-Weight"], n)
    except OSError as e:
        print(type(e).__name__)
`;

/** Another program that has the port. */
const SQUAT = `
import socket, time
s = socket.create_server(("", ${TAKEN}))
print("listening", flush=True)
time.sleep(300)
`;

async function ask(scene: Scene, place: Place, port = PORT): Promise<string[]> {
  const { cluster } = scene;
  const { stdout, stderr } = await cluster.exec(cluster.outside, [
    ...["python3", "-c", ASK, String(port)],
    ...[place.ipv4, place.ipv6],
  ]);
  if (stderr !== "") throw new Error(stderr);
  return stdout.trim().split("\n");
}

function untilAnswers(
  scene: Scene,
  place: Place,
  answer: string,
  port?: number,
): Promise<number> {
  return eventually(
    async () => {
      assertEquals(await ask(scene, place, port), [answer, answer]);
    },
    { timeoutMs: PATIENCE_MS, pauseMs: 100 },
  );
}

async function scaleTo(scene: Scene, pods: readonly Pod[]): Promise<void> {
  const ports = [{ name: "tcp", port: 80, targetPort: 8080 }];
  for (const family of ["ipv4", "ipv6"] as const) {
    const endpoints = pods.map((pod) => ({
      address: pod[family],
      nodeName: pod.node.name,
    }));
    await scene.api.apply(
      sliceObject("probed", ports, endpoints, `probed-${family}`),
    );
  }
}

async function counts(scene: Scene): Promise<void> {
  const { driver, api, node1, node2, db1, db2 } = scene;
  await driver.step("only a node with an endpoint answers 200", async () => {
    await publish(api, {
      name: "probed",
      number: NUMBER,
      endpoints: [db1],
      spec: { externalTrafficPolicy: "Local", healthCheckNodePort: PORT },
    });
    await untilAnswers(scene, node1, "200 1 1");
    await untilAnswers(scene, node2, "503 0 0");
  });
  await driver.step("scaled away, it answers 503", async () => {
    await scaleTo(scene, [db2]);
    await untilAnswers(scene, node1, "503 0 0");
    await untilAnswers(scene, node2, "200 1 1");
    await scaleTo(scene, [db1, db2]);
    await untilAnswers(scene, node1, "200 1 1");
  });
}

/** ipvsadm goes on listing and takes nothing, and all it had is deleted. */
async function lostKernel(scene: Scene): Promise<void> {
  const { driver, node1 } = scene;
  await driver.step(
    "an endpoint that the kernel lost does not count",
    async () => {
      await must(
        scene,
        node1,
        `real=$(command -v ipvsadm)
      cp "$real" /run/ipvsadm.real
      printf '#!/bin/sh\\ncase "$*" in *--restore*) exit 1;; esac\\nexec /run/ipvsadm.real "$@"\\n' > /run/ipvsadm.broken
      chmod 755 /run/ipvsadm.broken
      /run/ipvsadm.real -C
      mount --bind /run/ipvsadm.broken "$real"`,
      );
      await untilAnswers(scene, node1, "503 0 0");
      // Lazily: the agent may be running it just now.
      await must(scene, node1, 'umount -l "$(command -v ipvsadm)"');
      await untilAnswers(scene, node1, "200 1 1");
    },
  );
}

async function leavingNode(scene: Scene): Promise<void> {
  const { driver, api, node1 } = scene;
  await driver.step(
    "a node that is being deleted is drained first",
    async () => {
      const object = nodeObject(node1);
      const taint = {
        key: "ToBeDeletedByClusterAutoscaler",
        value: "1",
        effect: "NoSchedule",
      };
      const spec = object["spec"] as ApiObject;
      await api.apply({ ...object, spec: { ...spec, taints: [taint] } });
      await untilAnswers(scene, node1, "503 1 1");
      await api.apply(object);
      await untilAnswers(scene, node1, "200 1 1");
    },
  );
}

async function takenPort(scene: Scene): Promise<void> {
  const { driver, api, cluster, node1, db1 } = scene;
  await driver.step(
    "a port that is taken makes an Event, then opens",
    async () => {
      cluster.start("squatter", node1, ["python3", "-c", SQUAT]);
      await cluster.programs.get("squatter").waitFor(/listening/);
      await publish(api, {
        name: "taken",
        number: NUMBER + 1,
        endpoints: [db1],
        spec: { externalTrafficPolicy: "Local", healthCheckNodePort: TAKEN },
      });
      await eventually(async () => {
        const path = "/apis/events.k8s.io/v1/events";
        const { body } = await api.request("GET", path);
        const seen = (body["items"] as ApiObject[]).map((event) =>
          `${event["reason"]} ${(event["regarding"] as ApiObject)["name"]}`
        );
        const wanted = "FailedToStartServiceHealthcheck taken";
        assertEquals(
          seen.filter((one) => one === wanted),
          [wanted],
          seen.join(),
        );
      }, { timeoutMs: PATIENCE_MS, pauseMs: 200 });
      assertEquals(await ask(scene, node1), ["200 1 1", "200 1 1"]);
      await cluster.programs.stop("squatter");
      await untilAnswers(scene, node1, "200 1 1", TAKEN);
    },
  );
  await driver.step("the port closes with its Service", async () => {
    await api.delete("Service", "taken");
    await untilAnswers(scene, node1, "ConnectionRefusedError", TAKEN);
    assertEquals(await ask(scene, node1), ["200 1 1", "200 1 1"]);
  });
}

await drive(async (driver) => {
  const scene = await makeScene(driver);
  await scene.cluster.stopAgent("node-1");
  startAgent(scene, scene.node1, ...FLAGS);
  await untilReady(scene, scene.node1);
  await counts(scene);
  await lostKernel(scene);
  await leavingNode(scene);
  await takenPort(scene);
});
