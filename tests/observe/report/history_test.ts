import { assertEquals } from "@std/assert";
import type { PassReport } from "../../../mod/agent/types.ts";
import type { ServiceName } from "../../../mod/model/types.ts";
import { History } from "../../../mod/observe/report/history.ts";
import type {
  FrontendKey,
  FrontendPlan,
  ServicePlan,
} from "../../../mod/plan/types.ts";
import { QUIET } from "../support.ts";

const NOTHING = { permissions: "none" } as const;
const WEB = "default/web" as ServiceName;
const KEY = "tcp/10.96.0.1:80" as FrontendKey;

function setUp() {
  const clock = { ms: 1_000 };
  const history = new History(() => clock.ms);
  return { clock, history, tell: history.observer() };
}

function plan(inside: "serve" | "refuse"): ServicePlan {
  const frontend = { key: KEY, inside, outside: inside } as FrontendPlan;
  return { service: WEB, frontends: [frontend] } as unknown as ServicePlan;
}

const BUSY: PassReport = {
  ...QUIET,
  reason: "change",
  services: [WEB],
  lines: { ipvs: 1, other: 0 },
};

Deno.test("History keeps the last fifty passes, newest first", NOTHING, () => {
  const { clock, history, tell } = setUp();
  for (let pass = 0; pass < 60; pass++) {
    clock.ms = pass;
    tell.passed?.(BUSY);
  }
  assertEquals(history.passes.length, 50);
  assertEquals([history.passes[0]?.endedMs, history.passes[49]?.endedMs], [
    59,
    10,
  ]);
});

Deno.test(
  "History: quiet passes push out none that did something",
  NOTHING,
  () => {
    const { history, tell } = setUp();
    tell.passed?.(BUSY);
    for (let pass = 0; pass < 100; pass++) tell.passed?.(QUIET);
    assertEquals(history.passes.map(({ reason }) => reason), [
      "audit",
      "change",
    ]);
  },
);

Deno.test(
  "History knows since when a frontend answers as it does",
  NOTHING,
  () => {
    const { clock, history, tell } = setUp();
    tell.planned?.(WEB, plan("serve"));
    clock.ms = 2_000;
    tell.planned?.(WEB, plan("serve"));
    assertEquals(history.answersSinceMs(WEB, KEY), 1_000);
    clock.ms = 3_000;
    tell.planned?.(WEB, plan("refuse"));
    assertEquals(history.answersSinceMs(WEB, KEY), 3_000);
    tell.planned?.(WEB, undefined);
    assertEquals(history.answersSinceMs(WEB, KEY), undefined);
  },
);

Deno.test(
  "History knows since when something fails, and forgets",
  NOTHING,
  () => {
    const { clock, history, tell } = setUp();
    tell.failed?.(WEB, "no", 1_000);
    clock.ms = 60_000;
    tell.failed?.(WEB, "still no", 1_000);
    assertEquals(history.failsSinceMs(WEB), 1_000);
    assertEquals(history.lastError, {
      unit: WEB,
      reason: "still no",
      sinceMs: 60_000,
    });
    tell.passed?.(BUSY);
    assertEquals(history.failsSinceMs(WEB), undefined);
    tell.failed?.("repair -f 7", "no", 1_000);
    clock.ms = 300_000;
    tell.passed?.(QUIET);
    assertEquals(history.failsSinceMs("repair -f 7"), undefined);
  },
);

Deno.test("History counts a warning that comes again", NOTHING, () => {
  const { clock, history, tell } = setUp();
  tell.warned?.("a");
  clock.ms = 2_000;
  tell.warned?.("a");
  tell.warned?.("b");
  assertEquals(history.warnings, [
    { atMs: 2_000, message: "b", times: 1 },
    { atMs: 2_000, message: "a", times: 2 },
  ]);
  for (let i = 0; i < 100; i++) tell.warned?.(`w${i}`);
  assertEquals(history.warnings.length, 50);
});
