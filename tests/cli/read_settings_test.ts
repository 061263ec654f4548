import { assertEquals, assertRejects } from "@std/assert";
import { UsageError } from "../../mod/cli/exit_code.ts";
import { readSettings } from "../../mod/cli/read_settings.ts";

const NOTHING = { permissions: "none" } as const;

Deno.test(
  "readSettings() reads no file when none is named",
  NOTHING,
  async () => {
    const settings = await readSettings(["--run-dir=/x"], {
      readFile: () => Promise.reject(new Error("read")),
    });
    assertEquals(settings.runDir, "/x");
  },
);

Deno.test(
  "readSettings() names a file that cannot be read",
  NOTHING,
  async () => {
    await assertRejects(
      () =>
        readSettings(["--config=F"], {
          readFile: () => Promise.reject(new Error("it is not there")),
        }),
      UsageError,
      "Cannot read F: it is not there",
    );
  },
);
