/**
 * The agent's permissions as flags, from the set that ships in `deno.json`, so
 * that the lab tries what users run.
 *
 * @module
 */

/** The flags of a named permission set. */
export async function permissionFlags(set: string): Promise<string[]> {
  const file = new URL("../../deno.json", import.meta.url);
  const { permissions } = JSON.parse(await Deno.readTextFile(file));
  return Object.entries(permissions[set] ?? {}).flatMap(([name, value]) => {
    if (value === true) return [`--allow-${name}`];
    if (!Array.isArray(value)) return [];
    return [`--allow-${name}=${value.join(",")}`];
  });
}
