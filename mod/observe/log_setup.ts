import {
  BaseHandler,
  type FormatterFunction,
  getLogger,
  type LevelName,
  setup,
} from "@std/log";
import { formatJson, formatText, type LogFormat } from "./log_format.ts";

/** Names of the loggers, one per stage that logs. */
export const LOGGER_NAMES = [
  "default",
  "watch",
  "apply",
  "agent",
  "observe",
  "cli",
] as const;

/** So many lines are kept, for a bug report. */
const MAX_KEPT = 300;
/** So much of each. */
const MAX_KEPT_LENGTH = 1_000;

/** Writes records to a sink, standard error as a rule. */
export class LineHandler extends BaseHandler {
  readonly #write: (line: string) => void;

  /** Makes a handler for records of at least this level. */
  constructor(
    levelName: LevelName,
    options: {
      readonly formatter: FormatterFunction;
      readonly write: (line: string) => void;
    },
  ) {
    super(levelName, { formatter: options.formatter });
    this.#write = options.write;
  }

  /** Writes one line. */
  override log(line: string): void {
    this.#write(line);
  }
}

/** How logs are set up. */
export interface LogOptions {
  /** How lines look. */
  readonly format: LogFormat;
  /** As klog's `-v`: from 2 on, what DEBUG says is shown. */
  readonly verbosity: number;
  /** Where lines go; by default standard error. */
  readonly write?: (line: string) => void;
}

function writeToStderr(line: string): void {
  // deno-lint-ignore no-console -- standard error is where logs go
  console.error(line);
}

/** Level that a verbosity stands for. */
export function levelOf(verbosity: number): LevelName {
  return verbosity >= 2 ? "DEBUG" : "INFO";
}

/** The logs of a running program. */
export interface LogControl {
  /** How much is logged, as klog's `-v`. */
  readonly verbosity: number;
  /** Changes it at once; loggers that were taken before change too. */
  setVerbosity(verbosity: number): void;
  /** Changes how lines look, from the next one on. */
  setFormat(format: LogFormat): void;
  /** The last lines, the oldest first; no secrets, as in the log. */
  recent(): readonly string[];
}

/**
 * Sets up all loggers. Take a logger by `getLogger(name)` after this, not
 * while modules load.
 */
export function setUpLogs(options: LogOptions): LogControl {
  const { write = writeToStderr } = options;
  let { format, verbosity } = options;
  const level = levelOf(verbosity);
  const recent: string[] = [];
  const handler = new LineHandler("DEBUG", {
    formatter: (record) =>
      format === "json" ? formatJson(record) : formatText(record),
    write(line) {
      recent.push(line.slice(0, MAX_KEPT_LENGTH));
      if (recent.length > MAX_KEPT) recent.shift();
      write(line);
    },
  });
  setup({
    handlers: { lines: handler },
    loggers: Object.fromEntries(
      LOGGER_NAMES.map((name) => [name, { level, handlers: ["lines"] }]),
    ),
  });
  return {
    get verbosity() {
      return verbosity;
    },
    setVerbosity(wanted) {
      verbosity = wanted;
      for (const name of LOGGER_NAMES) {
        getLogger(name).levelName = levelOf(wanted);
      }
    },
    setFormat(wanted) {
      format = wanted;
    },
    recent: () => [...recent],
  };
}
