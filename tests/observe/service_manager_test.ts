import { assertEquals } from "@std/assert";
import {
  describeState,
  readServiceManager,
  ServiceManager,
} from "../../mod/observe/service_manager.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { snapshotOf } from "./support.ts";

const NOTHING = { permissions: "none" } as const;

/** A manager, the agent's state, and what was said, for one test. */
function scene(watchdogMs?: number) {
  const clock = new FakeClock();
  const said: string[] = [];
  const state = { isReady: false, why: "", lateMs: 0, isDeaf: false };
  const waitingFor = ["Service"] as const;
  const manager = new ServiceManager({
    clock,
    ...(watchdogMs === undefined ? {} : { watchdogMs }),
    snapshot: () => {
      const { isReady } = state;
      return snapshotOf({ isReady, waitingFor: isReady ? [] : waitingFor });
    },
    whyUnhealthy: () => state.why || undefined,
    lateMs: () => state.lateMs,
    socket: {
      send(message) {
        if (state.isDeaf) return Promise.reject(new Error("refused"));
        said.push(message);
        return Promise.resolve();
      },
    },
  });
  const stop = new AbortController();
  const running = manager.run(stop.signal);
  const take = () => said.splice(0).join("|").replaceAll("\n", " ");
  return { clock, state, manager, stop, running, take };
}

const WAITING = "STATUS=waiting for the API server: Service";

Deno.test("READY=1 comes at once with the first pass", NOTHING, async () => {
  const { clock, state, manager, stop, running, take } = scene();
  await clock.advance(1_000);
  assertEquals(take(), WAITING);
  state.isReady = true;
  manager.observer().ready?.({ isWhole: true, failing: 0 });
  await clock.advance(0);
  assertEquals(take().split(":")[0], "READY=1 STATUS=in step");
  await clock.advance(60_000);
  assertEquals(take(), "");
  state.why = "rules";
  await clock.advance(5_000);
  assertEquals(take(), "STATUS=not in step: rules");
  stop.abort();
  await running;
  assertEquals(take(), "STATUS=ended; the kernel's tables stay as they are");
});

Deno.test(
  "READY=1 comes after 15 s though no API server answers",
  NOTHING,
  async () => {
    const { clock, stop, running, take } = scene();
    await clock.advance(14_999);
    assertEquals(take(), WAITING);
    await clock.advance(1);
    assertEquals(take(), "READY=1");
    stop.abort();
    await running;
  },
);

Deno.test(
  "WATCHDOG=1 comes three times in its time, only while the loop moves",
  NOTHING,
  async () => {
    const { clock, state, stop, running, take } = scene(6_000);
    await clock.advance(4_000);
    assertEquals(take(), `${WAITING} WATCHDOG=1|WATCHDOG=1|WATCHDOG=1`);
    state.lateMs = 600_001;
    await clock.advance(6_000);
    assertEquals(take(), "STATUS=the loop does not move");
    state.lateMs = 0;
    await clock.advance(2_000);
    assertEquals(take(), `${WAITING} WATCHDOG=1`);
    stop.abort();
    await running;
  },
);

Deno.test("what nobody heard is said again", NOTHING, async () => {
  const { clock, state, stop, running, take } = scene();
  await clock.advance(0);
  take();
  state.isDeaf = true;
  await clock.advance(20_000);
  assertEquals(take(), "");
  state.isDeaf = false;
  await clock.advance(5_000);
  assertEquals(take(), "READY=1");
  stop.abort();
  await running;
});

Deno.test("readServiceManager() reads what systemd sets", NOTHING, () => {
  const of = (env: Record<string, string>) =>
    readServiceManager((name) => env[name]);
  assertEquals(of({}), undefined);
  assertEquals(of({ NOTIFY_SOCKET: "@abstract" }), undefined);
  assertEquals(of({ NOTIFY_SOCKET: "/run/n", WATCHDOG_USEC: "x" }), {
    socket: "/run/n",
  });
  assertEquals(of({ NOTIFY_SOCKET: "/run/n", WATCHDOG_USEC: "60000000" }), {
    socket: "/run/n",
    watchdogMs: 60_000,
  });
});

Deno.test("describeState() says what is the matter", NOTHING, () => {
  const counts = { ...snapshotOf({}).counts, services: 3, virtualServers: 5 };
  const of = (changes: Parameters<typeof snapshotOf>[0]) =>
    describeState(snapshotOf(changes));
  assertEquals(
    of({ isReady: false, waitingFor: [] }),
    "applying the first state",
  );
  assertEquals(
    of({ counts: { ...counts, drains: 2, failing: 1 } }),
    "in step: 3 Services, 5 virtual servers, 2 draining, 1 failing",
  );
  assertEquals(describeState(snapshotOf({}), "no"), "not in step: no");
});
