/**
 * What the tests of `install.sh` share.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { BareNode, Run } from "./bare_node.ts";

/** Where the executable is. */
export const PROGRAM = "/usr/local/bin/kube-proxy";

const IGNORED = Deno.build.os !== "linux" || Deno.uid() !== 0;

/** A test of `install.sh`; without root it is left out. */
export function installTest(
  name: string,
  body: () => Promise<void>,
): void {
  Deno.test({ name: `install.sh ${name}`, ignore: IGNORED, fn: body });
}

/** What is installed. */
export async function version(node: BareNode): Promise<string> {
  return (await node.sh(`${PROGRAM} --version`)).text.trim();
}

/** Expects that it failed with this message and left nothing behind. */
export async function expectUntouched(
  node: BareNode,
  before: readonly string[],
  run: Run,
  message: string,
): Promise<void> {
  assertStringIncludes(run.text, message);
  assertEquals(run.code, 1, run.text);
  assertEquals(await node.tree(), before);
}
