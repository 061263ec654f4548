import { assertEquals, assertStringIncludes } from "@std/assert";
import { describeKernelBugs } from "../../mod/cli/kernel_bugs.ts";

for (
  const [release, count, first] of [
    ["3.10.0-1160.el7.x86_64", 3, "also with one that ends or is gone"],
    ["4.0.9", 3, "also with one that ends or is gone"],
    ["4.19.0-26-amd64", 3, "would be 1 s late"],
    ["5.8.18", 3, "would be 1 s late"],
    ["5.9.0", 1, "cannot be switched off"],
    ["5.10.0-30-amd64", 1, "cannot be switched off"],
    ["5.15.0-100-generic", 0, ""],
    ["6.1.0-18-amd64", 0, ""],
    ["unknown", 0, ""],
  ] as const
) {
  Deno.test({
    name:
      `conn-reuse-dead-pod: Linux ${release} has ${count} bugs that are told`,
    permissions: "none",
    fn: () => {
      const bugs = describeKernelBugs(release);
      assertEquals(bugs.length, count);
      assertStringIncludes(bugs[0] ?? "", first);
      for (const bug of bugs) assertStringIncludes(bug, `Linux ${release},`);
    },
  });
}
