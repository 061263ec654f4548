import type { LogControl } from "#observe";
import type { Settings } from "./settings_types.ts";

/** What of a configuration is the logs'. */
type LogSettings = Pick<Settings, "logFormat" | "verbosity">;

/**
 * Has the logs follow what each start in this process is told: they are set up
 * once, before the first. What was changed by hand stays where the
 * configuration says the same as before.
 *
 * @param logs absent: they cannot be changed
 */
export function logsFollowing(
  first: LogSettings,
  logs: Pick<LogControl, "setFormat" | "setVerbosity"> | undefined,
): (next: LogSettings) => void {
  let before = first;
  return (next) => {
    const { logFormat, verbosity } = next;
    if (logFormat !== before.logFormat) logs?.setFormat(logFormat);
    if (verbosity !== before.verbosity) logs?.setVerbosity(verbosity);
    before = next;
  };
}
