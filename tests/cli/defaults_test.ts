import { assert, assertEquals } from "@std/assert";
import {
  BETTER_DEFAULTS,
  describeBetterDefaults,
} from "../../mod/cli/defaults.ts";
import { FIELDS } from "../../mod/cli/fields.ts";
import { isAllowed } from "../../mod/cli/value_kinds.ts";

const NOTHING = { permissions: "none" } as const;

Deno.test(
  "BETTER_DEFAULTS name known fields, and values that these allow",
  NOTHING,
  () => {
    for (const { path, ours, compat } of BETTER_DEFAULTS) {
      const field = FIELDS.find((one) => one.path === path);
      assertEquals(field?.use, "honoured", path);
      assert(field && isAllowed(field.kind, ours), path);
      assert(field && isAllowed(field.kind, compat), path);
    }
  },
);

Deno.test("describeBetterDefaults() leaves out what was given", NOTHING, () => {
  const all = new Set(BETTER_DEFAULTS.map(({ path }) => path));
  assertEquals(describeBetterDefaults(all), "");
  all.delete("ipvs.strictARP");
  assertEquals(
    describeBetterDefaults(all),
    "defaults that differ from kube-proxy's, reverted by --compat: " +
      "ipvs.strictARP: true (kube-proxy: false)",
  );
});
