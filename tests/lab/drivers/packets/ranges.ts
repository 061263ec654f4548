/**
 * Who is let in by source ranges.
 *
 * @module
 */

import { addressOf, FAMILIES, publish } from "../../guest/mod.ts";
import { expectAll, type Scene, untilAll, type Wish } from "./scene.ts";

const RANGED = 20;
const RANGED_PORT = 30_120;
const SHARED = 21;

const at = (number: number, family: typeof FAMILIES[number], port = 80) => ({
  address: addressOf(number, "load-balancer", family),
  port,
});

/** Ranges let in who is in them, and nobody else. */
export async function sourceRanges(scene: Scene): Promise<void> {
  const { driver, cluster: { outside }, api, node1, node2 } = scene;
  const { web, far, db1 } = scene;
  const annotations = { "ipvs.kube-proxy.io/restrict-node-ports": "true" };
  await publish(api, {
    name: "ranged",
    number: RANGED,
    endpoints: [db1],
    nodePort: RANGED_PORT,
    annotations,
    spec: {
      loadBalancerSourceRanges: [`${outside.ipv4}/32`, `${outside.ipv6}/128`],
    },
  });
  await driver.step("lb-source-ranges: only the ranges get in", async () => {
    await untilAll(
      scene,
      FAMILIES.map((family) => [
        outside,
        at(RANGED, family),
        "db-1",
      ]),
    );
    const wishes = FAMILIES.flatMap((family): Wish[] => [
      ...[web, far, node1, node2].map((place): Wish => [
        place,
        at(RANGED, family),
        "timed-out",
      ]),
      // Other addresses of the Service are not limited.
      [web, {
        address: addressOf(RANGED, "cluster-ip", family),
        port: 80,
      }, "db-1"],
      [node2, {
        address: addressOf(RANGED, "external-ip", family),
        port: 80,
      }, "db-1"],
    ]);
    await expectAll(scene, wishes);
  });
  await limitNodePorts(scene);
  await letNodeIn(scene);
  await shareAddress(scene);
}

async function limitNodePorts(scene: Scene): Promise<void> {
  const { driver, cluster: { outside }, node1, node2, web } = scene;
  await driver.step(
    "lb-source-ranges: node ports too, where the annotation asks",
    () =>
      expectAll(
        scene,
        FAMILIES.flatMap((family): Wish[] => {
          const to = { address: node1[family], port: RANGED_PORT };
          return [
            [outside, to, "db-1"],
            [web, to, "timed-out"],
            [node2, to, "timed-out"],
          ];
        }),
      ),
  );
}

async function letNodeIn(scene: Scene): Promise<void> {
  const { driver, cluster: { outside }, api, node1, node2, web } = scene;
  await driver.step(
    "lb-source-ranges: a node in the range gets in",
    async () => {
      await api.patch("Service", "ranged", {
        spec: {
          loadBalancerSourceRanges: [`${node1.ipv4}/32`, `${node1.ipv6}/128`],
        },
      });
      await untilAll(
        scene,
        FAMILIES.flatMap((family): Wish[] => [
          [node1, at(RANGED, family), "db-1"],
          [node2, at(RANGED, family), "timed-out"],
          [outside, at(RANGED, family), "timed-out"],
          [web, at(RANGED, family), "timed-out"],
        ]),
      );
    },
  );
}

/** Two Services have one address, each its own ranges. */
async function shareAddress(scene: Scene): Promise<void> {
  const { driver, cluster: { outside }, api, web, db1 } = scene;
  const balancer = FAMILIES.map((family) =>
    addressOf(SHARED, "load-balancer", family)
  );
  const ranges = [
    [`${outside.ipv4}/32`, `${outside.ipv6}/128`],
    ["10.32.0.0/16", "fd00:32::/32"],
  ];
  for (const [index, loadBalancerSourceRanges] of ranges.entries()) {
    await publish(api, {
      name: `shared-${index}`,
      number: SHARED + index,
      endpoints: [db1],
      port: 80 + index,
      balancer,
      spec: { loadBalancerSourceRanges },
    });
  }
  await driver.step(
    "lb-source-ranges: two Services on one address have each their own",
    () =>
      untilAll(
        scene,
        FAMILIES.flatMap((family): Wish[] => [
          [outside, at(SHARED, family, 80), "db-1"],
          [outside, at(SHARED, family, 81), "timed-out"],
          [web, at(SHARED, family, 80), "timed-out"],
          [web, at(SHARED, family, 81), "db-1"],
        ]),
      ),
  );
}
