/**
 * Runs `shellcheck` over every shell script of the project: files that end in
 * `.sh` and those whose first line names a shell.
 *
 * @module
 */
const SKIPPED = new Set([".git", "dist", ".cache", "node_modules"]);
const SHEBANG = /^#!.*\b(sh|bash|dash)\b/;

/** Paths of all shell scripts below a folder. */
async function findScripts(folder: string): Promise<string[]> {
  const scripts: string[] = [];
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory && !SKIPPED.has(name)) {
      scripts.push(...await findScripts(path));
    } else if (isFile && (name.endsWith(".sh") || !name.includes("."))) {
      const text = await Deno.readTextFile(path);
      if (SHEBANG.test(text.split("\n", 1)[0] ?? "")) scripts.push(path);
    }
  }
  return scripts.sort();
}

if (import.meta.main) {
  const scripts = await findScripts(".");
  try {
    const { code } = await new Deno.Command("shellcheck", {
      args: scripts,
      stdout: "inherit",
      stderr: "inherit",
    }).output();
    // deno-lint-ignore no-console -- says what was done
    console.log(`shellcheck: ${scripts.length} scripts, exit code ${code}`);
    Deno.exit(code);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    // deno-lint-ignore no-console -- says what to do
    console.error("Cannot run shellcheck: install package shellcheck");
    Deno.exit(1);
  }
}
