/** Numbers of the levels; a record below a logger's level is dropped. */
export const LogLevels = {
  NOTSET: 0,
  DEBUG: 10,
  INFO: 20,
  WARN: 30,
  ERROR: 40,
  CRITICAL: 50,
} as const;

/** Name of a level. */
export type LevelName = keyof typeof LogLevels;

/** Number of a level. */
export type LogLevel = typeof LogLevels[LevelName];

/**
 * Number of the level called `name`.
 *
 * @throws {Error} when there is no such level
 */
export function getLevelByName(name: LevelName): LogLevel {
  const level = LogLevels[name];
  if (level === undefined) {
    throw new Error(`Cannot get log level: no level named ${name}`);
  }
  return level;
}

/**
 * Name of the level with this number.
 *
 * @throws {Error} when there is no such level
 */
export function getLevelName(level: LogLevel): LevelName {
  for (const [name, value] of Object.entries(LogLevels)) {
    if (value === level) return name as LevelName;
  }
  throw new Error(`Cannot get log level: no level name for level ${level}`);
}
