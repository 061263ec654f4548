import { assertEquals } from "@std/assert";
import {
  collectEndpoints as collect,
  type Endpoint,
  indexPorts,
  selectEndpoints,
  type SelectOptions,
} from "#plan";
import { isLocal } from "../../mod/plan/endpoints.ts";
import { endpoint, service, slice } from "./objects.ts";

const none = { permissions: "none" } as const;
const ENDING = { ready: false, serving: true, terminating: true };
const [PORT] = service().ports;
if (PORT === undefined) throw new TypeError("Cannot test without a port");

function collectEndpoints(
  slices: Parameters<typeof indexPorts>[0],
  port: Parameters<ReturnType<typeof indexPorts>["of"]>[0],
  family: "ipv4" | "ipv6",
): readonly Endpoint[] {
  return collect(indexPorts(slices, family).of(port));
}

function keys(list: readonly { readonly key: string }[]): readonly string[] {
  return list.map(({ key }) => key);
}

Deno.test("collectEndpoints() sorts by key and knows no doubles", none, () => {
  const slices = [
    slice([endpoint("10.0.1.10", "n1"), endpoint("10.0.1.1", "n1")]),
    slice([endpoint("10.0.1.1", "n2", ENDING)]),
  ];
  const found = collectEndpoints(slices, PORT, "ipv4");
  assertEquals(keys(found), ["10.0.1.10:8080", "10.0.1.1:8080"].sort());
  assertEquals(found.filter(({ state }) => !state.ready), []);
  assertEquals(collectEndpoints(slices, PORT, "ipv6"), []);
});

Deno.test(
  "collectEndpoints() prefers ready, then serving, then not ending",
  none,
  () => {
    const states = [
      { ready: true, serving: true, terminating: false },
      { ready: true, serving: true, terminating: true },
      { ready: false, serving: true, terminating: false },
      { ready: false, serving: true, terminating: true },
      { ready: false, serving: false, terminating: false },
      { ready: false, serving: false, terminating: true },
    ];
    for (const [rank, better] of states.entries()) {
      for (const worse of states.slice(rank + 1)) {
        for (const pair of [[better, worse], [worse, better]]) {
          const list = pair.map((state) => endpoint("10.0.0.1", "n1", state));
          const [kept] = collectEndpoints([slice(list)], PORT, "ipv4");
          const { ready, serving, terminating } = kept?.state ?? {};
          assertEquals({ ready, serving, terminating }, better);
        }
      }
    }
  },
);

Deno.test("collectEndpoints() keeps the first of equals", none, () => {
  const list = [endpoint("10.0.0.1", "n1"), endpoint("10.0.0.1", "n2")];
  const [kept] = collectEndpoints([slice(list)], PORT, "ipv4");
  assertEquals(kept?.state.nodeName, "n1");
});

Deno.test("selectEndpoints() computes only what is used", none, () => {
  const found = collectEndpoints(
    [slice([endpoint("10.0.0.1", "n1"), endpoint("10.0.0.2", "n2")])],
    PORT,
    "ipv4",
  );
  const table: readonly (readonly [Partial<SelectOptions>, number, number])[] =
    [
      [{ usesCluster: true }, 2, 0],
      [{ usesLocal: true }, 0, 1],
      [{ usesCluster: true, usesLocal: true }, 2, 1],
      [{ usesLocal: true, nodeName: "" }, 0, 0],
      [{}, 0, 0],
    ];
  for (const [options, cluster, local] of table) {
    const selected = selectEndpoints(found, {
      usesCluster: false,
      usesLocal: false,
      nodeName: "n1",
      ...options,
    });
    assertEquals(
      [selected.cluster.length, selected.local.length, selected.hasAny],
      [cluster, local, selected.hasAny],
    );
    assertEquals([selected.hasAny], [true]);
  }
});

Deno.test("isLocal() needs both names", none, () => {
  const [here] = collectEndpoints(
    [slice([endpoint("10.0.0.1", "n1")])],
    PORT,
    "ipv4",
  );
  if (here === undefined) throw new TypeError("Cannot test without endpoint");
  assertEquals([isLocal(here, "n1"), isLocal(here, "n2"), isLocal(here, "")], [
    true,
    false,
    false,
  ]);
});
