import { type LevelName, type LogLevel, LogLevels } from "./levels.ts";
import type { FormatterFunction, LogRecord } from "./logger.ts";

/** Options of a handler. */
export interface BaseHandlerOptions {
  /** Text of a record; by default level and message. */
  formatter?: FormatterFunction;
}

const DEFAULT_FORMATTER: FormatterFunction = ({ levelName, msg }) =>
  `${levelName} ${msg}`;

/** What all handlers share: a level and a formatter. */
export abstract class BaseHandler {
  readonly #levelName: LevelName;
  readonly #level: LogLevel;
  /** Turns a record into text. */
  readonly formatter: FormatterFunction;

  /** Makes a handler for records of at least this level. */
  constructor(
    levelName: LevelName,
    { formatter = DEFAULT_FORMATTER }: BaseHandlerOptions = {},
  ) {
    this.#levelName = levelName;
    this.#level = LogLevels[levelName];
    this.formatter = formatter;
  }

  /** Name of the least level that it prints. */
  get levelName(): LevelName {
    return this.#levelName;
  }

  /** Prints a record unless its level is too low. */
  handle(logRecord: LogRecord): void {
    if (this.#level > logRecord.level) return;
    this.log(this.format(logRecord));
  }

  /** Text of a record. */
  format(logRecord: LogRecord): string {
    return this.formatter(logRecord);
  }

  /** Prints a text. */
  abstract log(msg: string): void;
  /** Called by `setup` before the handler is used. */
  setup(): void {}
  /** Called by `setup` when the handler is replaced. */
  destroy(): void {}
}
