import { assertEquals, assertNotEquals } from "@std/assert";
import { type ObservedRealServer, packObserved } from "../../mod/diff/mod.ts";
import type { RealServerKey } from "../../mod/plan/mod.ts";

const PLAIN: ObservedRealServer = {
  key: "10.0.0.1:80" as RealServerKey,
  forwardingMethod: "masquerading",
  weight: 1,
  activeConnections: 0,
  inactiveConnections: 0,
};
const KEY = "10.0.0.2:80" as RealServerKey;

Deno.test("packObserved() gives back every part of a real server", {
  permissions: "none",
}, () => {
  const others: Partial<ObservedRealServer>[] = [
    {},
    { weight: 0 },
    { weight: 2_147_483_647 },
    { forwardingMethod: "local" },
    { forwardingMethod: "ipip", weight: 3 },
    { forwardingMethod: "gatewaying" },
    { activeConnections: 4_294_967_295 },
    { inactiveConnections: 7 },
  ];
  for (const other of others) {
    const servers = [PLAIN, { ...PLAIN, ...other, key: KEY }];
    assertEquals([...packObserved(servers).values()], servers);
    assertEquals(
      [...packObserved(servers.slice(1)).values()],
      servers.slice(1),
    );
  }
  const packed = others.map((other) => packObserved([{ ...PLAIN, ...other }]));
  for (const [at, one] of packed.entries()) {
    for (const two of packed.slice(at + 1)) assertNotEquals(one, two);
  }
  assertEquals(packObserved([]).size, 0);
});
