import { assertEquals } from "@std/assert";
import { lacks } from "../support/permission.ts";
import { PAGE, withParts } from "./config_docs.ts";

Deno.test(
  "docs/configuration.md says what the tables of the program say",
  { ignore: lacks("docs/configuration.md", { name: "read", path: PAGE }) },
  async () => {
    const page = await Deno.readTextFile(PAGE);
    // Formatting widens the columns.
    const plain = (text: string): string =>
      text.replaceAll(/ +/g, " ").replaceAll(/-{3,}/g, "---")
        .replaceAll(/\n{2,}/g, "\n");
    assertEquals(
      plain(page),
      plain(withParts(page)),
      "run tests/tools/config_docs.ts and deno fmt",
    );
  },
);
