import { assertEquals } from "@std/assert";
import {
  DEFAULT_DRAIN_LIMITS,
  type Drain,
  drainEnd,
  Drains,
  noteListed,
} from "../../mod/diff/mod.ts";
import type { RealServerKey, VirtualServerKey } from "../../mod/plan/mod.ts";

const DRAIN: Drain = {
  key: "-t 10.96.0.1:80" as VirtualServerKey,
  realServerKey: "10.0.0.1:8080" as RealServerKey,
  startedMs: 0,
  deadlineMs: 900_000,
};

const CASES = [
  { nowMs: 1, active: 0, inactive: 0, weight: 0, end: "idle" },
  { nowMs: 1, active: 0, inactive: 0, weight: 1, end: undefined },
  { nowMs: 1, active: 1, inactive: 0, weight: 0, end: undefined },
  { nowMs: 1, active: 0, inactive: 1, weight: 0, end: undefined },
  { nowMs: 899_999, active: 1, inactive: 0, weight: 0, end: undefined },
  { nowMs: 900_000, active: 1, inactive: 0, weight: 0, end: "limit" },
  { nowMs: 60_000, goneMs: 1, active: 1, inactive: 0, weight: 0 },
  { nowMs: 60_001, goneMs: 1, active: 1, inactive: 0, weight: 0, end: "gone" },
] as const;

for (const one of CASES) {
  const { nowMs, active, inactive, weight } = one;
  const end = "end" in one ? one.end : undefined;
  const goneMs = "goneMs" in one ? one.goneMs : undefined;
  Deno.test({
    name: `drainEnd() is ${end} at ${nowMs} ms, ${active}+${inactive} ` +
      `connections, weight ${weight}, gone since ${goneMs}`,
    permissions: "none",
    fn: () => {
      const drain = goneMs === undefined ? DRAIN : { ...DRAIN, goneMs };
      const seen = {
        key: DRAIN.key,
        scheduler: "rr",
        flags: [],
        realServers: new Map([[DRAIN.realServerKey, {
          key: DRAIN.realServerKey,
          forwardingMethod: "masquerading" as const,
          weight,
          activeConnections: active,
          inactiveConnections: inactive,
        }]]),
      };
      const limits = DEFAULT_DRAIN_LIMITS;
      assertEquals(drainEnd(drain, seen, { nowMs, limits }), end);
    },
  });
}

Deno.test({
  name: "noteListed() keeps the first time and forgets it on return",
  permissions: "none",
  fn: () => {
    const isListed = true;
    const gone = noteListed(DRAIN, !isListed, 5);
    assertEquals(gone.goneMs, 5);
    assertEquals(noteListed(gone, !isListed, 9), gone);
    assertEquals(noteListed(gone, isListed, 9), DRAIN);
  },
});

Deno.test({
  name: "Drains know when the first of them is over, as they come and go",
  permissions: "none",
  fn: () => {
    const drains = new Drains();
    const { goneMs } = DEFAULT_DRAIN_LIMITS;
    const all: Drain[] = [];
    assertEquals(drains.soonestEndMs(DEFAULT_DRAIN_LIMITS), Infinity);
    let seed = 7;
    const next = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    for (let step = 0; step < 500; step++) {
      const realServerKey = `10.0.0.${next(9)}:80` as RealServerKey;
      const at = all.findIndex((one) => one.realServerKey === realServerKey);
      if (at >= 0) all.splice(at, 1);
      if (next(3) === 0) drains.remove({ key: DRAIN.key, realServerKey });
      else {
        const drain: Drain = {
          ...DRAIN,
          realServerKey,
          deadlineMs: next(900_000),
          ...(next(2) === 0 ? { goneMs: next(900_000) } : {}),
        };
        drains.put(drain);
        all.push(drain);
      }
      const ends = all.flatMap((one) => [
        one.deadlineMs,
        (one.goneMs ?? Infinity) + goneMs,
      ]);
      assertEquals(
        drains.soonestEndMs(DEFAULT_DRAIN_LIMITS),
        Math.min(...ends, Infinity),
      );
      assertEquals(drains.size, all.length);
    }
  },
});
