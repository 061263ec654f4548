import { assertEquals } from "@std/assert";
import { type IpvsOperation, vanishingLast } from "../../mod/diff/mod.ts";
import { ServerSteps } from "../../mod/diff/order.ts";
import type {
  RealServerKey,
  VirtualServer,
  VirtualServerKey,
} from "../../mod/plan/mod.ts";

const key = "-t 10.96.0.1:80" as VirtualServerKey;
const realServerKey = "10.0.0.1:80" as RealServerKey;
const realServer = { key: realServerKey, weight: 1 };
const server = { key } as VirtualServer;
const RAISE: IpvsOperation = { verb: "edit-server", key, realServer };
const LOWER: IpvsOperation = { ...RAISE };
const IN_ORDER: readonly IpvsOperation[] = [
  { verb: "add-service", server },
  { verb: "add-server", key, realServer },
  RAISE,
  LOWER,
  { verb: "delete-server", key, realServerKey },
  { verb: "delete-service", key },
];

Deno.test({
  name: "ServerSteps puts what a server gains before what it loses",
  permissions: "none",
  fn: () => {
    const steps = new ServerSteps();
    for (const operation of [...IN_ORDER].reverse()) {
      steps.push(operation, operation === LOWER ? "lowers" : undefined);
    }
    const order = steps.inOrder();
    assertEquals(order.map((one) => IN_ORDER.indexOf(one)), [0, 1, 2, 3, 4, 5]);
    const other = new ServerSteps();
    other.pushAll(steps);
    assertEquals(other.inOrder(), order);
  },
});

Deno.test({
  name: "vanishingLast() moves deleted virtual servers to the end",
  permissions: "none",
  fn: () => {
    const gone: IpvsOperation = { verb: "delete-service", key };
    assertEquals(vanishingLast([gone, RAISE]), [RAISE, gone]);
    assertEquals(vanishingLast([RAISE]), [RAISE]);
  },
});
