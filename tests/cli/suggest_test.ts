import { assertEquals } from "@std/assert";
import { editDistance, suggest } from "../../mod/cli/suggest.ts";

const NOTHING = { permissions: "none" } as const;

Deno.test(
  "editDistance() counts insertions, deletions and replacements",
  NOTHING,
  () => {
    assertEquals(editDistance("kitten", "sitting"), 3);
    assertEquals(editDistance("", "abc"), 3);
    assertEquals(editDistance("abc", "abc"), 0);
  },
);

Deno.test(
  "suggest() names the nearest word, and none when none is near",
  NOTHING,
  () => {
    const known = ["ipvs-scheduler", "ipvs-sync-period", "config"];
    assertEquals(suggest("ipvs-schedular", known), "ipvs-scheduler");
    assertEquals(suggest("conifg", known), "config");
    assertEquals(suggest("zzzzzzzz", known), undefined);
  },
);
