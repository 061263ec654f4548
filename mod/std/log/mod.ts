/**
 * `@std/log`, the part that this project uses: `setup`, `getLogger`, levels,
 * `ConsoleHandler` and the JSON formatter, with the real package's names and
 * signatures. The npm republication of the standard library has none.
 *
 * @module
 */
export { BaseHandler, type BaseHandlerOptions } from "./base_handler.ts";
export { ConsoleHandler } from "./console_handler.ts";
export { jsonFormatter } from "./formatters.ts";
export {
  getLevelByName,
  getLevelName,
  type LevelName,
  LogLevels,
} from "./levels.ts";
export { type FormatterFunction, Logger, LogRecord } from "./logger.ts";
export {
  getLogger,
  type LogConfig,
  type LoggerConfig,
  setup,
} from "./setup.ts";
