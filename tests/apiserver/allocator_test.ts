import { assertEquals } from "@std/assert";
import { Allocator } from "./allocator.ts";

const PURE = { permissions: "none" } as const;

function holding(address: string) {
  return { spec: { clusterIP: address, clusterIPs: [address] } };
}

Deno.test(
  "freeAddress() goes round a range, without its first and last",
  PURE,
  () => {
    const allocator = new Allocator(["10.0.0.0/29"]);
    const given: string[] = [];
    for (let address; (address = allocator.freeAddress("IPv4"));) {
      given.push(address);
      allocator.follow(undefined, holding(address));
    }
    assertEquals(
      given.toSorted(),
      [1, 2, 3, 4, 5, 6].map((n) => `10.0.0.${n}`),
    );
  },
);

Deno.test("follow() frees what is no longer held", PURE, () => {
  const allocator = new Allocator(["10.0.0.0/29"]);
  allocator.follow(undefined, holding("10.0.0.3"));
  const before = allocator.hasAddress("10.0.0.3");
  allocator.follow(holding("10.0.0.3"), undefined);
  const after = allocator.hasAddress("10.0.0.3");
  assertEquals([before, after], [true, false]);
});

Deno.test(
  "freePort() skips ports that are held and comes to an end",
  PURE,
  () => {
    const allocator = new Allocator([]);
    const held = (nodePort: number) => ({ spec: { ports: [{ nodePort }] } });
    allocator.follow(undefined, held(30001));
    assertEquals([allocator.freePort(), allocator.freePort()], [30000, 30002]);
    for (let port = 30000; port <= 32767; port++) {
      allocator.follow(undefined, held(port));
    }
    assertEquals(allocator.freePort(), 0);
  },
);

Deno.test(
  "freeAddress() of a family without a range gives nothing",
  PURE,
  () => {
    assertEquals(new Allocator(["10.0.0.0/8"]).freeAddress("IPv6"), undefined);
  },
);
