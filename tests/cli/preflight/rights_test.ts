import { assertEquals } from "@std/assert";
import type { CommandResult } from "../../../mod/apply/types.ts";
import { checkRights } from "../../../mod/cli/preflight/rights.ts";
import { ScriptedRunner } from "../../apply/support.ts";

type Answer = Partial<CommandResult> | Error;

const NOTHING = { permissions: "none" } as const;

Deno.test(
  "checkRights() tells a refusal from other failures",
  NOTHING,
  async () => {
    const results = async (
      first: Answer,
      second: Answer,
    ): Promise<readonly string[]> => {
      const runner = new ScriptedRunner(first, second);
      return (await checkRights(runner)).map(({ result }) => result);
    };
    assertEquals(await results({}, {}), ["ok", "ok"]);
    assertEquals(
      await results(
        {
          code: 1,
          stderr:
            "ipset v7.17: Kernel error received: Operation not permitted\n",
        },
        { code: 4, stderr: "Fatal: can't open lock file: Permission denied\n" },
      ),
      ["fail", "fail"],
    );
    assertEquals(
      await results({ code: 1, stderr: "no such thing" }, new Error("missing")),
      ["ok", "ok"],
    );
  },
);
