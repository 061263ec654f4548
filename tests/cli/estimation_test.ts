import { assertEquals } from "@std/assert";
import type { PassReport } from "../../mod/agent/types.ts";
import type { Sysctls } from "../../mod/apply/types.ts";
import {
  decideEstimation,
  ESTIMATION_NICE,
  EstimationGuard,
  RUN_ESTIMATION,
} from "../../mod/cli/estimation.ts";
import type { ServicePlan } from "../../mod/plan/types.ts";
import type { ServiceName } from "../../mod/model/types.ts";
import { setUpLogs } from "../../mod/observe/log_setup.ts";

const PURE = { permissions: "none" } as const;
const OLD = {};
const MIDDLE = { [RUN_ESTIMATION]: "1" };
const OFF = { [RUN_ESTIMATION]: "0" };
const NICE = { [RUN_ESTIMATION]: "1", [ESTIMATION_NICE]: "-5" };
const NEW = { [RUN_ESTIMATION]: "1", [ESTIMATION_NICE]: "0" };

for (
  const [words, entries, cpus, present, expected] of [
    ["a small table on any kernel", 1_000, 104, OLD, "nothing"],
    ["many entries, few CPUs", 100_000, 4, MIDDLE, "nothing"],
    ["few entries, many CPUs", 4_000, 104, MIDDLE, "nothing"],
    ["a large table, a kernel with no say", 50_000, 104, OLD, "warn"],
    [
      "a large table, a kernel with a switch",
      50_000,
      104,
      MIDDLE,
      "switch off",
    ],
    ["a large table, switched off already", 50_000, 104, OFF, "nothing"],
    ["a large table, a kernel with threads", 50_000, 104, NEW, "yield"],
    ["a large table, threads that are nice", 50_000, 104, NICE, "nothing"],
    ["a small table, a kernel with threads", 1_000, 104, NEW, "nothing"],
  ] as const
) {
  Deno.test(`est-timer-jitter: ${words}: ${expected}`, PURE, () => {
    const map = new Map(Object.entries(present));
    assertEquals(decideEstimation({ entries, cpus, present: map }), expected);
  });
}

/** A plan of one virtual server with so many real servers. */
function planOf(realServers: number): ServicePlan {
  const servers = new Map(
    Array.from({ length: realServers }, (_, index) => [String(index), {}]),
  );
  const virtualServers = [{ realServers: servers }];
  return { frontends: [{ virtualServers }] } as unknown as ServicePlan;
}

const PASS: PassReport = {
  ...{ reason: "change", services: [], durationMs: 1, failures: new Map() },
  lines: { ipvs: 1, other: 0 },
};

function start(values: Record<string, string>) {
  const lines: string[] = [];
  setUpLogs({
    format: "text",
    verbosity: 0,
    write: (line) => lines.push(line),
  });
  const written: string[] = [];
  let reads = 0;
  const sysctls: Sysctls = {
    read: () => {
      reads++;
      return Promise.resolve(new Map(Object.entries(values)));
    },
    write: (map) => {
      written.push(...[...map].map(([name, value]) => `${name}=${value}`));
      return Promise.resolve(new Map());
    },
  };
  const guard = new EstimationGuard({ sysctls, cpus: 100 });
  const observer = guard.observer();
  const plan = (name: string, realServers?: number): void =>
    observer.planned?.(
      name as ServiceName,
      realServers === undefined ? undefined : planOf(realServers),
    );
  const pass = async (): Promise<void> => {
    observer.passed?.(PASS);
    // Nobody waits for the guard: reading, writing and telling take some turns.
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { pass, plan, written, lines, reads: () => reads };
}

Deno.test(
  "est-timer-jitter: the guard switches off once, when the table is large",
  PURE,
  async () => {
    const { pass, plan, written, lines, reads } = start(MIDDLE);
    plan("a", 4_000);
    await pass();
    assertEquals(reads(), 0, "nothing is read while the table is small");
    plan("a", 4_500);
    await pass();
    assertEquals(written, [], "a Service that is planned anew counts once");
    plan("b", 500);
    await pass();
    await pass();
    assertEquals(written, [`${RUN_ESTIMATION}=0`]);
    assertEquals(reads(), 1);
    assertEquals(lines.length, 1);
  },
);

Deno.test(
  "est-timer-jitter: a Service that goes is counted no more",
  PURE,
  async () => {
    const { pass, plan, reads } = start(MIDDLE);
    plan("a", 4_990);
    plan("a");
    plan("b", 4_000);
    await pass();
    assertEquals(reads(), 0);
  },
);
