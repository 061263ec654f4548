/**
 * The contract of the fakes on the real tools: each of its rules is a step.
 *
 * @module
 */

import { drive, type Output } from "../guest/mod.ts";
import { exec } from "../guest/process.ts";

const LIMIT_MS = 300_000;

await drive(async (driver) => {
  const { bundles } = driver.config;
  const program = bundles["contract"] ?? "";
  let output: Output | undefined;
  await driver.step("the contract runs to its end", async () => {
    output = await exec(
      undefined,
      ["/lab/bin/deno", "run", "--quiet", "--allow-all", "--no-lock", program],
      { env: { LAB_KERNEL_IS_MINE: "1" }, timeoutMs: LIMIT_MS },
    );
    driver.say(output.stdout);
  }, { limitMs: LIMIT_MS, required: true });
  const lines = output?.stdout.split("\n") ?? [];
  for (const line of lines) {
    const [, not, name = ""] = /^(not )?ok (.*)$/.exec(line) ?? [];
    if (name === "") continue;
    await driver.step(name, () => {
      if (not !== undefined) throw new Error(name);
      return Promise.resolve();
    });
  }
});
