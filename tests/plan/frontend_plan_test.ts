import { assertEquals } from "@std/assert";
import { planService } from "#plan";
import {
  context,
  endpoint,
  entries,
  frontend,
  service,
  slice,
} from "./objects.ts";

const none = { permissions: "none" } as const;
const HERE = endpoint("10.0.0.1", "n1");
const THERE = endpoint("10.0.0.2", "n2");
const LOCAL = {
  externalIPs: ["198.51.100.1"],
  externalTrafficPolicy: "Local",
};

Deno.test("policy Local gives two virtual servers, one by mark", none, () => {
  const plan = planService(service(LOCAL), [slice([HERE, THERE])], context());
  const external = frontend(plan, "tcp/198.51.100.1:80");
  assertEquals(
    external.virtualServers.map(({ key, realServers }) =>
      `${key}: ${[...realServers.keys()].sort().join(" ")}`
    ),
    [
      "-t 198.51.100.1:80: 10.0.0.1:8080",
      "-f 1: 10.0.0.1:8080 10.0.0.2:8080",
    ],
  );
});

Deno.test("a frontend without endpoints takes no mark", none, () => {
  let asked = 0;
  const markOf = (): number => ++asked;
  planService(service(LOCAL), [], context({ markOf }));
  assertEquals(asked, 0);
  planService(service(LOCAL), [slice([THERE])], context({ markOf }));
  assertEquals(asked, 1);
});

Deno.test(
  "without a free mark everybody is answered as from outside",
  none,
  () => {
    const markOf = (): never => {
      throw new RangeError("Cannot give a mark: all are taken");
    };
    const here = planService(
      service(LOCAL),
      [slice([HERE, THERE])],
      context({ markOf }),
    );
    const served = frontend(here, "tcp/198.51.100.1:80");
    assertEquals([served.inside, served.outside], ["serve", "serve"]);
    assertEquals(served.virtualServers.length, 1);
    assertEquals(here.rejections.map(({ field }) => field), [
      "spec.externalTrafficPolicy",
    ]);
    const elsewhere = planService(
      service(LOCAL),
      [slice([THERE])],
      context({ markOf }),
    );
    const dropped = frontend(elsewhere, "tcp/198.51.100.1:80");
    assertEquals([dropped.inside, dropped.outside], ["drop", "drop"]);
    assertEquals(
      entries(elsewhere).filter((text) => text.includes("198.51.100.1,")),
      ["drop 198.51.100.1,tcp:80"],
    );
  },
);
