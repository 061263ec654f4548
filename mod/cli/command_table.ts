import type { Command } from "./command.ts";
import { AUDIT } from "./commands/audit.ts";
import { CHECK } from "./commands/check.ts";
import { COMPLETION } from "./commands/completion.ts";
import { CONFIG } from "./commands/config.ts";
import { DIFF } from "./commands/diff.ts";
import { DRAIN, UNDRAIN } from "./commands/drain.ts";
import { LOG_LEVEL } from "./commands/log_level.ts";
import { RUN } from "./commands/run.ts";
import { SERVICE } from "./commands/service.ts";
import { SERVICES } from "./commands/services.ts";
import { STATUS } from "./commands/status.ts";
import { SUPPORT } from "./commands/support.ts";
import { TOP } from "./commands/top.ts";
import { VERSION_COMMAND } from "./commands/version.ts";

/** All commands, in the order of the overview. */
export const COMMANDS: readonly Command[] = [
  RUN,
  CHECK,
  STATUS,
  SERVICES,
  SERVICE,
  DIFF,
  TOP,
  DRAIN,
  UNDRAIN,
  AUDIT,
  LOG_LEVEL,
  SUPPORT,
  CONFIG,
  COMPLETION,
  VERSION_COMMAND,
];

/** The command with this name; undefined when there is none. */
export function commandOf(name: string): Command | undefined {
  return COMMANDS.find((command) => command.name === name);
}
