import { assert, assertEquals } from "@std/assert";
import { type IpvsOperation, vanishingLast } from "../../mod/diff/mod.ts";
import { inFillingOrder, ServerSteps } from "../../mod/diff/order.ts";
import {
  type RealServerKey,
  SET_KINDS,
  type SetEntry,
  type SetKind,
  type VirtualServer,
  type VirtualServerKey,
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

Deno.test({
  name: "inFillingOrder() fills what lets in before what refuses the rest",
  permissions: "none",
  fn: () => {
    const entries = [...SET_KINDS, ...SET_KINDS].map((set, i): SetEntry => ({
      ...{ family: i % 2 === 0 ? "ipv4" : "ipv6", set, element: `${i}` },
    }));
    const order = inFillingOrder(entries);
    assertEquals(new Set(order), new Set(entries));
    const first = (set: SetKind) => order.findIndex((one) => one.set === set);
    const last = (set: SetKind) =>
      order.findLastIndex((one) => one.set === set);
    for (const set of SET_KINDS) {
      assertEquals(last(set) - first(set), 1, `${set} in one go`);
    }
    assertEquals(order.at(-1)?.set, "addresses");
    const pairs: readonly (readonly [SetKind, SetKind])[] = [
      ["source-ranges", "restricted"],
      ...["restricted", "drop", "drop-outside", "cluster-ips", "external"]
        .map((set) => [set as SetKind, "frontends"] as const),
    ];
    for (const [before, after] of pairs) {
      assert(last(before) < first(after), `${before}, ${after}`);
    }
  },
});
