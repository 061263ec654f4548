import type { Command } from "./command.ts";
import { CHECK } from "./commands/check.ts";
import { CONFIG } from "./commands/config.ts";
import { RUN } from "./commands/run.ts";
import { VERSION_COMMAND } from "./commands/version.ts";

/** All commands, in the order of the overview. */
export const COMMANDS: readonly Command[] = [
  RUN,
  CHECK,
  CONFIG,
  VERSION_COMMAND,
];

/** The command with this name; undefined when there is none. */
export function commandOf(name: string): Command | undefined {
  return COMMANDS.find((command) => command.name === name);
}
