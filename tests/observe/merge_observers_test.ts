import { assertEquals } from "@std/assert";
import type { AgentObserver } from "../../mod/agent/types.ts";
import { mergeObservers } from "../../mod/observe/merge_observers.ts";
import { QUIET } from "./support.ts";

const NOTHING = { permissions: "none" } as const;

Deno.test(
  "mergeObservers() tells each observer each thing, later ones too",
  NOTHING,
  () => {
    const told: string[] = [];
    const observers: AgentObserver[] = [
      { passed: () => void told.push("first passed") },
    ];
    const merged = mergeObservers(observers);
    observers.push({
      passed: () => void told.push("second passed"),
      ready: () => void told.push("second ready"),
    });
    merged.passed(QUIET);
    merged.ready({ isWhole: true, failing: 0 });
    merged.warned("nobody listens");
    assertEquals(told, ["first passed", "second passed", "second ready"]);
  },
);
