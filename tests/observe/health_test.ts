import { assertEquals } from "@std/assert";
import type { AgentSnapshot } from "../../mod/agent/types.ts";
import {
  answerHealthz,
  answerLivez,
  type HealthInput,
} from "../../mod/observe/health.ts";
import { snapshotOf } from "./support.ts";

const NOTHING = { permissions: "none" } as const;

function inputOf(
  snapshot: AgentSnapshot,
  changes: Partial<HealthInput> = {},
): HealthInput {
  return {
    snapshot,
    nodeEligible: true,
    families: new Set(["ipv4", "ipv6"]),
    nowMs: 130_000,
    timeoutMs: 60_000,
    ...changes,
  };
}

const NEVER = {
  isReady: false,
  lastAgreedMs: undefined,
  lastSuccessMs: undefined,
};

for (
  const [name, input, healthz, livez] of [
    ["all is well", inputOf(snapshotOf()), 200, 200],
    [
      "nothing was programmed yet",
      inputOf(snapshotOf(NEVER as object)),
      503,
      200,
    ],
    [
      "the virtual servers take nothing, for a second",
      inputOf(snapshotOf({ failingTables: new Map([["ipvs", 129_000]]) })),
      200,
      200,
    ],
    [
      "the virtual servers take nothing, for a minute",
      inputOf(snapshotOf({ failingTables: new Map([["ipvs", 70_000]]) })),
      503,
      503,
    ],
    [
      "the kernel was last as it should be a minute ago",
      inputOf(snapshotOf(), { nowMs: 160_000 }),
      503,
      503,
    ],
    [
      "one of four Services is refused by the kernel",
      inputOf(snapshotOf({}, { failing: 1 })),
      200,
      200,
    ],
    [
      "all Services are refused by the kernel",
      inputOf(snapshotOf({}, { failing: 4 })),
      503,
      503,
    ],
    [
      "the node is being deleted",
      inputOf(snapshotOf(), { nodeEligible: false }),
      503,
      200,
    ],
  ] as const
) {
  Deno.test(
    `health-lies: when ${name}, /healthz is ${healthz} and /livez ${livez}`,
    NOTHING,
    () => {
      assertEquals(answerHealthz(input).status, healthz);
      assertEquals(answerLivez(input).status, livez);
    },
  );
}

Deno.test("answerHealthz() has kube-proxy's body", NOTHING, () => {
  const family = { lastUpdated: "1970-01-01T00:01:40.000Z", healthy: true };
  assertEquals(answerHealthz(inputOf(snapshotOf())).body, {
    lastUpdated: "1970-01-01T00:02:10.000Z",
    currentTime: "1970-01-01T00:02:10.000Z",
    nodeEligible: true,
    healthy: true,
    status: { IPv4: family, IPv6: family },
  });
});

Deno.test(
  "answerHealthz() in a 503 says when it was last well, and can be healthy",
  NOTHING,
  () => {
    const { body } = answerHealthz(
      inputOf(snapshotOf(), { nodeEligible: false }),
    );
    assertEquals(body.lastUpdated, "1970-01-01T00:01:40.000Z");
    assertEquals([body.nodeEligible, body.healthy], [false, true]);
  },
);

Deno.test(
  "answerLivez() has no nodeEligible, and no status before the first pass",
  NOTHING,
  () => {
    const { body } = answerLivez(inputOf(snapshotOf(NEVER as object)));
    assertEquals(Object.keys(body), ["lastUpdated", "currentTime", "healthy"]);
  },
);
