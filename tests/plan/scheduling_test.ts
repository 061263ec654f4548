import { assertEquals } from "@std/assert";
import type { Scheduler } from "#model";
import {
  selectMarkScheduling,
  selectScheduling,
} from "../../mod/plan/scheduling.ts";
import { context, service } from "./objects.ts";

const none = { permissions: "none" } as const;
const PREFIX = "ipvs.kube-proxy.io/";

interface Row {
  readonly configured?: Scheduler;
  readonly available?: readonly Scheduler[];
  readonly wishes?: Record<string, string>;
  readonly spec?: Record<string, unknown>;
}

function select(row: Row): readonly [string, string, readonly string[]] {
  const annotations = Object.fromEntries(
    Object.entries(row.wishes ?? {}).map(([k, v]) => [PREFIX + k, v]),
  );
  const place = context({
    scheduler: row.configured ?? "rr",
    ...(row.available === undefined
      ? {}
      : { availableSchedulers: new Set(row.available) }),
  });
  const reasons: string[] = [];
  const reject = (_: string, reason: string): void => void reasons.push(reason);
  const plain = selectScheduling(
    service(row.spec, { annotations }),
    place,
    reject,
  );
  const mark = selectMarkScheduling(plain, place, reject);
  const [a, b] = [plain, mark].map((item) =>
    [
      item.scheduler,
      item.persistenceTimeoutSeconds ?? "-",
      item.schedulerFlags.join() || "-",
    ].join(" ")
  );
  return [a ?? "", b ?? "", reasons];
}

Deno.test("scheduling by address and by mark", none, () => {
  const affinity = { sessionAffinity: "ClientIP" };
  const table: readonly (readonly [Row, string, string, number])[] = [
    [{}, "rr - -", "rr - -", 0],
    [
      { configured: "mh" },
      "mh - mh-fallback,mh-port",
      "mh - mh-fallback,mh-port",
      0,
    ],
    [{ configured: "sh" }, "sh - sh-fallback", "sh - sh-fallback", 0],
    [{ spec: affinity }, "rr 10800 -", "sh - sh-fallback", 0],
    [
      { spec: affinity, configured: "mh" },
      "mh 10800 mh-fallback,mh-port",
      "sh - sh-fallback",
      0,
    ],
    [{ spec: affinity, available: ["rr"] }, "rr 10800 -", "rr - -", 1],
    [{ wishes: { scheduler: "wlc" } }, "wlc - -", "wlc - -", 0],
    [
      { wishes: { scheduler: "wlc" }, available: ["rr"] },
      "rr - -",
      "rr - -",
      1,
    ],
    [{ wishes: { "local-weight": "5" } }, "wrr - -", "wrr - -", 0],
    [
      { wishes: { "local-weight": "5" }, available: ["rr"] },
      "rr - -",
      "rr - -",
      1,
    ],
    [
      { wishes: { "local-weight": "5", scheduler: "dh" } },
      "dh - -",
      "dh - -",
      1,
    ],
    [
      { wishes: { "local-weight": "5", scheduler: "sed" } },
      "sed - -",
      "sed - -",
      0,
    ],
    [{ wishes: { "scheduler-flags": "sh-port" } }, "rr - -", "rr - -", 1],
    [
      { configured: "mh", wishes: { "scheduler-flags": "" } },
      "mh - mh-fallback",
      "mh - mh-fallback",
      0,
    ],
  ];
  for (const [row, plain, mark, rejections] of table) {
    const [a, b, reasons] = select(row);
    assertEquals([a, b, reasons.length], [plain, mark, rejections]);
  }
});

Deno.test(
  "a scheduler that the kernel lacks is named with what is used",
  none,
  () => {
    const [, , reasons] = select({
      wishes: { scheduler: "mh" },
      available: ["rr"],
    });
    assertEquals(reasons, [
      "Cannot use scheduler mh: the kernel does not have it; rr is used",
    ]);
  },
);
