import type { Surroundings } from "./command.ts";
import { type ConfigFile, parseConfigFile } from "./config_file.ts";
import { UsageError } from "./exit_code.ts";
import { parseRunFlags } from "./flags.ts";
import { resolveSettings } from "./settings.ts";
import type { Settings } from "./settings_types.ts";

/**
 * Settings from the flags of `run` and the file that they name.
 *
 * @throws {UsageError} naming all that is wrong with either
 */
export async function readSettings(
  args: readonly string[],
  surroundings: Pick<Surroundings, "readFile">,
): Promise<Settings> {
  const flags = parseRunFlags(args);
  const path = flags.run.get("config");
  if (typeof path !== "string" || path === "") return resolveSettings(flags);
  return resolveSettings(flags, await readConfigFile(path, surroundings));
}

/**
 * Reads a configuration file.
 *
 * @throws {UsageError} when it cannot be read, or is none
 */
export async function readConfigFile(
  path: string,
  { readFile }: Pick<Surroundings, "readFile">,
): Promise<ConfigFile> {
  let text: string;
  try {
    text = await readFile(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError([`Cannot read ${path}: ${reason}`]);
  }
  return parseConfigFile(text, path);
}
