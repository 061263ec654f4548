/**
 * Programs for the guest are bundled on the host: there, a program of many
 * modules takes seconds to start and a bundle does not.
 *
 * @module
 */

/**
 * Bundles a program into one file.
 *
 * @throws {Error} when it cannot be bundled, with what the bundler said
 */
export async function bundle(entry: URL, into: string): Promise<void> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--output", into, entry.href],
    cwd: new URL("../../", import.meta.url),
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (code === 0) return;
  const said = new TextDecoder().decode(stderr);
  throw new Error(`Cannot bundle ${entry.href}: ${said}`);
}
