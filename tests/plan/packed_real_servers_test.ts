import { assertEquals, assertNotEquals } from "@std/assert";
import type { RealServerKey } from "#plan";
import { packRealServers } from "../../mod/plan/packed_real_servers.ts";

const none = { permissions: "none" } as const;

function check(...weights: readonly number[]): void {
  const servers = weights.map((weight, at) => ({
    key: `10.0.0.${at}:80` as RealServerKey,
    weight,
  }));
  assertEquals([...packRealServers(servers).values()], servers);
}

Deno.test("packRealServers() keeps order and weights", none, () => {
  check();
  check(7);
  check(1, 1, 1);
  check(1, 0, 65_535);
});

Deno.test("packRealServers() takes the last of doubles, as a map", none, () => {
  const key = "10.0.0.1:80" as RealServerKey;
  const packed = packRealServers([{ key, weight: 1 }, { key, weight: 5 }]);
  assertEquals([packed.size, packed.get(key)?.weight], [1, 5]);
});

Deno.test(
  "packRealServers() makes values that compare by all they hold",
  none,
  () => {
    const pack = (at: number, weight: number) =>
      packRealServers([{ key: `10.0.0.${at}:80` as RealServerKey, weight }]);
    assertEquals(pack(1, 1), pack(1, 1));
    assertNotEquals(pack(1, 1), pack(2, 1));
    assertNotEquals(pack(1, 1), pack(1, 2));
  },
);
