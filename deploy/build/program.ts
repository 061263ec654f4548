import { command } from "./command.ts";

const PLACEHOLDER = '"@commit@"';

/** Places of the machine's cache in names of modules that the bundler notes. */
const CACHE = /(?:\.\.\/)*[^\s"'`()]*\/npm\/[\w.:_-]+\//g;

/**
 * Puts the commit into a bundle, and takes out of it where the building
 * machine keeps its modules, so that every machine gives the same bytes.
 *
 * @throws {Error} when the bundle has no place, or several, for the commit
 */
export function stamp(bundle: string, commit: string): string {
  const parts = bundle.split(PLACEHOLDER);
  if (parts.length !== 2) {
    throw new Error(
      `Cannot stamp the bundle: it has ${parts.length - 1} places for it`,
    );
  }
  return parts.join(JSON.stringify(commit)).replace(CACHE, "npm/");
}

/**
 * The commit of a checkout, with "+changed" when files differ from it;
 * "unknown" outside a checkout.
 */
export async function readCommit(root: string): Promise<string> {
  const given = Deno.env.get("KUBE_PROXY_COMMIT");
  if (given !== undefined && /^[\w.+-]+$/.test(given)) return given;
  const git = (args: readonly string[]) => command("git", args, { cwd: root });
  try {
    const head = await git(["rev-parse", "--short=12", "HEAD"]);
    if (head.code !== 0) return "unknown";
    const changes = await git([
      "status",
      "--porcelain",
      "--untracked-files=no",
    ]);
    return head.stdout.trim() + (changes.stdout === "" ? "" : "+changed");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "unknown";
    throw error;
  }
}

/**
 * Bundles the program into one file and stamps it.
 *
 * @throws {Error} when it cannot be bundled, with what the bundler said
 */
export async function makeProgram(root: string, into: string): Promise<string> {
  const said = await command(Deno.execPath(), [
    ...["bundle", "--quiet", "--output", into, "main.ts"],
  ], { cwd: root });
  if (said.code !== 0) {
    throw new Error(`Cannot bundle the program: ${said.stderr.trim()}`);
  }
  const commit = await readCommit(root);
  const text = stamp(await Deno.readTextFile(into), commit);
  await Deno.writeTextFile(into, text);
  return commit;
}
