import { assertEquals } from "@std/assert";
import { main } from "../../mod/cli/main.ts";

const NOTHING = { permissions: "none" } as const;

Deno.test(
  "main() needs no permission for version, help and wrong usage",
  NOTHING,
  async () => {
    assertEquals(await main(["version"]), 0);
    assertEquals(await main(["help"]), 0);
    assertEquals(await main(["run", "--no-such-flag"]), 2);
  },
);
