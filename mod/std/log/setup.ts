import type { BaseHandler } from "./base_handler.ts";
import { ConsoleHandler } from "./console_handler.ts";
import type { LevelName } from "./levels.ts";
import { Logger } from "./logger.ts";

/** What one logger does. */
export interface LoggerConfig {
  /** Least level that it passes on. */
  level?: LevelName;
  /** Names of the handlers that it feeds. */
  handlers?: string[];
}

/** What all loggers do. */
export interface LogConfig {
  /** Handlers by name. */
  handlers?: { [name: string]: BaseHandler };
  /** Loggers by name. */
  loggers?: { [name: string]: LoggerConfig };
}

const DEFAULT_NAME = "default";
const loggers = new Map<string, Logger>();
let handlers: BaseHandler[] = [];

/** The logger called `name`; without one, the logger called `default`. */
export function getLogger(name?: string): Logger {
  const key = name ?? DEFAULT_NAME;
  let logger = loggers.get(key);
  if (logger === undefined) {
    const fallback = loggers.get(DEFAULT_NAME);
    if (name === undefined && fallback !== undefined) return fallback;
    logger = new Logger(key, "NOTSET", { handlers: [] });
    loggers.set(key, logger);
  }
  return logger;
}

/** Replaces all handlers and loggers. */
export function setup(config: LogConfig): void {
  for (const handler of handlers) handler.destroy();
  handlers = Object.values(config.handlers ?? {});
  for (const handler of handlers) handler.setup();
  loggers.clear();
  for (const [name, options] of Object.entries(config.loggers ?? {})) {
    const own = (options.handlers ?? []).flatMap((key) =>
      config.handlers?.[key] ?? []
    );
    loggers.set(
      name,
      new Logger(name, options.level ?? "NOTSET", { handlers: own }),
    );
  }
}

setup({
  handlers: { default: new ConsoleHandler("INFO") },
  loggers: { default: { level: "INFO", handlers: [DEFAULT_NAME] } },
});
