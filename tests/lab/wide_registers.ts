/**
 * Lets User Mode Linux run on CPUs whose registers it has no room for.
 *
 * @module
 */

import type { Need } from "./packages.ts";

/** The compiler, where one is needed. */
export const COMPILER: Need = { name: "tcc", files: ["/usr/bin/tcc"] };

/** Whether this CPU has more registers than User Mode Linux 6.1 has room for. */
export async function hasWideRegisters(): Promise<boolean> {
  return /^flags\s*:.* amx_tile( |$)/m.test(
    await Deno.readTextFile("/proc/cpuinfo"),
  );
}

/**
 * Makes what is preloaded into `linux.uml` there; gives its environment.
 *
 * @throws {Error} when the compiler refuses
 */
export async function wideRegisters(
  folder: string,
): Promise<Readonly<Record<string, string>>> {
  const source = new URL("./wide_registers.c", import.meta.url).pathname;
  const library = `${folder}/wide_registers.so`;
  const { success, stderr } = await new Deno.Command("tcc", {
    args: ["-shared", "-nostdlib", "-o", library, source],
  }).output();
  if (!success) {
    const reason = new TextDecoder().decode(stderr);
    throw new Error(`Cannot make ${library}: ${reason}`);
  }
  return { LD_PRELOAD: library };
}
