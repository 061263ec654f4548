import type { BaseHandler } from "./base_handler.ts";
import {
  getLevelName,
  type LevelName,
  type LogLevel,
  LogLevels,
} from "./levels.ts";

/** Turns a record into the text that a handler prints. */
export type FormatterFunction = (logRecord: LogRecord) => string;

/** One thing that was logged. */
export class LogRecord {
  /** The text. */
  readonly msg: string;
  /** Number of its level. */
  readonly level: number;
  /** Name of its level. */
  readonly levelName: string;
  /** Name of the logger that made it. */
  readonly loggerName: string;
  readonly #args: unknown[];
  readonly #datetime: Date;

  /** Makes a record that is dated now. */
  constructor(options: {
    msg: string;
    args: unknown[];
    level: LogLevel;
    loggerName: string;
  }) {
    this.msg = options.msg;
    this.#args = [...options.args];
    this.level = options.level;
    this.loggerName = options.loggerName;
    this.#datetime = new Date();
    this.levelName = getLevelName(options.level);
  }

  /** What was given beside the text. */
  get args(): unknown[] {
    return [...this.#args];
  }

  /** When it was logged. */
  get datetime(): Date {
    return new Date(this.#datetime.getTime());
  }
}

/** Named source of records. */
export class Logger {
  /** Where its records go. */
  handlers: BaseHandler[];
  readonly #loggerName: string;
  #level: LogLevel;

  /** Makes a logger; `getLogger` is the usual way to one. */
  constructor(
    loggerName: string,
    levelName: LevelName,
    options: { handlers?: BaseHandler[] } = {},
  ) {
    this.#loggerName = loggerName;
    this.#level = LogLevels[levelName];
    this.handlers = options.handlers ?? [];
  }

  /** Its name. */
  get loggerName(): string {
    return this.#loggerName;
  }

  /** Least level that it passes on. */
  get level(): LogLevel {
    return this.#level;
  }
  set level(level: LogLevel) {
    this.#level = level;
  }

  /** Name of the least level that it passes on. */
  get levelName(): LevelName {
    return getLevelName(this.#level);
  }
  set levelName(name: LevelName) {
    this.#level = LogLevels[name];
  }

  #log(level: LogLevel, msg: string, args: unknown[]): string {
    if (this.#level > level) return msg;
    const record = new LogRecord({
      msg,
      args,
      level,
      loggerName: this.#loggerName,
    });
    for (const handler of this.handlers) handler.handle(record);
    return msg;
  }

  /** Logs at level DEBUG. */
  debug(msg: string, ...args: unknown[]): string {
    return this.#log(LogLevels.DEBUG, msg, args);
  }
  /** Logs at level INFO. */
  info(msg: string, ...args: unknown[]): string {
    return this.#log(LogLevels.INFO, msg, args);
  }
  /** Logs at level WARN. */
  warn(msg: string, ...args: unknown[]): string {
    return this.#log(LogLevels.WARN, msg, args);
  }
  /** Logs at level ERROR. */
  error(msg: string, ...args: unknown[]): string {
    return this.#log(LogLevels.ERROR, msg, args);
  }
  /** Logs at level CRITICAL. */
  critical(msg: string, ...args: unknown[]): string {
    return this.#log(LogLevels.CRITICAL, msg, args);
  }
}
