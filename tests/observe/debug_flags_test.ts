import { assertEquals } from "@std/assert";
import { verbosityRoute } from "../../mod/observe/debug_flags.ts";

const NOTHING = { permissions: "none" } as const;

async function put(body: string): Promise<readonly [number, number[]]> {
  const set: number[] = [];
  const route = verbosityRoute((verbosity) => set.push(verbosity));
  const request = new Request("http://localhost/debug/flags/v", {
    method: "PUT",
    body,
  });
  const response = await route.answer(request, new URL(request.url));
  await response.text();
  return [response.status, set];
}

for (
  const [body, status, set] of [
    ["4", 200, [4]],
    [" 0\n", 200, [0]],
    ["-1", 400, []],
    ["4x", 400, []],
    ["", 400, []],
    ["99999999999", 400, []],
  ] as const
) {
  Deno.test(
    `PUT of ${JSON.stringify(body)} is answered by ${status}`,
    NOTHING,
    async () => {
      assertEquals(await put(body), [status, [...set]]);
    },
  );
}
