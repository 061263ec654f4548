import { assertEquals } from "@std/assert";
import { REQUIRED_TOOLS, requiredModules } from "../../mod/cli/requirements.ts";

const NOTHING = { permissions: "none" } as const;

Deno.test(
  "requiredModules() has the scheduler's own module after ip_vs",
  NOTHING,
  () => {
    const names = requiredModules("mh").map(({ name }) => name);
    assertEquals(names.slice(0, 2), ["ip_vs", "ip_vs_mh"]);
    assertEquals(new Set(names).size, names.length);
  },
);

Deno.test(
  "REQUIRED_TOOLS ask each program itself for its version",
  NOTHING,
  () => {
    assertEquals(
      REQUIRED_TOOLS.filter(({ name, version }) => version[0] !== name),
      [],
    );
  },
);
