import type { LogRecord } from "./logger.ts";

function flattenArgs(args: unknown[]): unknown {
  if (args.length === 1) return args[0];
  if (args.length > 1) return args;
  return undefined;
}

/** One JSON object: level, time in milliseconds, message, arguments. */
export function jsonFormatter(logRecord: LogRecord): string {
  return JSON.stringify({
    level: logRecord.levelName,
    datetime: logRecord.datetime.getTime(),
    message: logRecord.msg,
    args: flattenArgs(logRecord.args),
  });
}
