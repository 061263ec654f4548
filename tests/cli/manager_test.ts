import { assertEquals } from "@std/assert";
import { openManager } from "../../mod/cli/manager.ts";
import { snapshotOf } from "../observe/support.ts";

const SETTINGS = { runDir: "/x", syncPeriodMs: 30_000 };
const AGENT = { snapshot: () => snapshotOf(), lateMs: 0 };

Deno.test("openManager() goes without a manager", {
  permissions: "none",
}, () => {
  assertEquals(openManager({ settings: SETTINGS }, AGENT), []);
});
