import { assertEquals } from "@std/assert";
import { parseArguments } from "./arguments.ts";

const PURE = { permissions: "none" } as const;

for (
  const [args, expected] of [
    [[], { shell: false, help: false }],
    [["--shell"], { shell: true, help: false }],
    [["-h"], { shell: false, help: true }],
    [["--shel"], "Cannot use --shel: allowed are --shell and --help"],
    [["now"], "Cannot use now: allowed are --shell and --help"],
  ] as const
) {
  const name = `parseArguments() reads ${JSON.stringify(args)}`;
  Deno.test(name, PURE, () => assertEquals(parseArguments(args), expected));
}
