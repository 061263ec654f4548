import { assertEquals } from "@std/assert";
import { FIELDS } from "../../mod/cli/fields.ts";
import { flagValues } from "../../mod/cli/flag_values.ts";
import { settingsOf } from "./support.ts";

const NOTHING = { permissions: "none" } as const;

Deno.test("flagValues() names every flag of a field", NOTHING, () => {
  const flags = flagValues(
    settingsOf("--nodeport-addresses=10.0.0.0/8").values,
  );
  assertEquals(flags.get("nodeport-addresses"), "[10.0.0.0/8]");
  assertEquals(flags.get("proxy-mode"), "");
  assertEquals(
    flags.size,
    FIELDS.filter(({ flag }) => flag !== undefined).length,
  );
});
