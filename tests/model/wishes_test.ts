import { assertEquals, assertMatch } from "@std/assert";
import {
  FRONTEND_KINDS,
  SCHEDULER_FLAGS,
  SCHEDULERS,
  WISH_PREFIX,
} from "#model";
import { Rejections } from "../../mod/model/rejections.ts";
import { readWishes } from "../../mod/model/wishes.ts";

const none = { permissions: "none" } as const;

function read(
  annotations: unknown,
): readonly [unknown, readonly string[]] {
  const rejections = new Rejections("Service a/b");
  const wishes = readWishes(annotations, rejections);
  return [wishes, rejections.all().map(({ reason }) => reason)];
}

Deno.test("readWishes() takes every scheduler, flag and kind", none, () => {
  for (const scheduler of SCHEDULERS) {
    const [wishes, reasons] = read({ [`${WISH_PREFIX}scheduler`]: scheduler });
    assertEquals(wishes, { leaveAlone: new Set(), scheduler });
    assertEquals(reasons, []);
  }
  const [flags] = read({
    [`${WISH_PREFIX}scheduler-flags`]: SCHEDULER_FLAGS.toReversed().join(" , "),
  });
  assertEquals(flags, {
    leaveAlone: new Set(),
    schedulerFlags: ["sh-fallback", "sh-port", "mh-fallback", "mh-port"],
  });
  const [alone] = read({
    [`${WISH_PREFIX}leave-alone`]: FRONTEND_KINDS.join(),
  });
  assertEquals(alone, { leaveAlone: new Set(FRONTEND_KINDS) });
});

Deno.test("readWishes() reads weights and times", none, () => {
  const table: readonly (readonly [string, string, unknown])[] = [
    ["local-weight", "65535", { localWeight: 65_535 }],
    ["zone-weights", "a=0", { zoneWeights: new Map([["a", 0]]) }],
    ["zone-weights", " a=1 ,b=2 ", {
      zoneWeights: new Map([["a", 1], ["b", 2]]),
    }],
    ["drain-limit", "0", { drainLimitSeconds: 0 }],
    ["drain-limit", "90", { drainLimitSeconds: 90 }],
    ["drain-limit", "90s", { drainLimitSeconds: 90 }],
    ["drain-limit", "15m", { drainLimitSeconds: 900 }],
    ["drain-limit", "720h", { drainLimitSeconds: 2_592_000 }],
  ];
  for (const [name, text, expected] of table) {
    const wishes = { leaveAlone: new Set(), ...expected as object };
    assertEquals(read({ [WISH_PREFIX + name]: text }), [wishes, []]);
  }
});

Deno.test("readWishes() rejects what it cannot use and goes on", none, () => {
  const table: readonly (readonly [string, unknown, RegExp])[] = [
    ["scheduler", "RR", /must be one of rr, wrr/],
    ["scheduler", "", /must be one of/],
    ["scheduler", 7, /must be text/],
    ["scheduler-flags", "mh-port,mh-port", /without doubles/],
    ["local-weight", "0", /from 1 to 65535/],
    ["local-weight", "65536", /from 1 to 65535/],
    ["local-weight", "1e3", /from 1 to 65535/],
    ["zone-weights", "", /pairs/],
    ["zone-weights", "a=1,a=2", /pairs/],
    ["zone-weights", "a=1=2", /pairs/],
    ["zone-weights", "=1", /pairs/],
    ["leave-alone", "", /comma list/],
    ["leave-alone", "cluster-ip,cluster-ip", /comma list/],
    ["drain-limit", "-1", /such as/],
    ["drain-limit", "721h", /30 days/],
    ["drain-limit", "x".repeat(5000), /must be text of at most 4096/],
  ];
  for (const [name, text, expected] of table) {
    const [wishes, reasons] = read({
      [WISH_PREFIX + name]: text,
      [`${WISH_PREFIX}zone-weights`]: name === "zone-weights" ? text : "z=9",
    });
    assertEquals(reasons.length, 1, `${name} ${text}`);
    assertMatch(reasons[0] ?? "", expected);
    const zoneWeights = new Map([["z", 9]]);
    assertEquals(
      wishes,
      name === "zone-weights"
        ? { leaveAlone: new Set() }
        : { leaveAlone: new Set(), zoneWeights },
    );
  }
});

Deno.test("readWishes() looks at no other annotation", none, () => {
  assertEquals(read({ "example.org/scheduler": "x", a: { b: 1 } })[1], []);
  assertEquals(read(undefined), [{ leaveAlone: new Set() }, []]);
  assertEquals(read("text"), [{ leaveAlone: new Set() }, []]);
});

Deno.test("readWishes() names a misspelt annotation", none, () => {
  const [, reasons] = read({ [`${WISH_PREFIX}weight`]: "1" });
  assertMatch(reasons[0] ?? "", /"ipvs.kube-proxy.io\/weight".*known are/);
});
