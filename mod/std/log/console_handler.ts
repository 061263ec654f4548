import { BaseHandler, type BaseHandlerOptions } from "./base_handler.ts";
import type { LevelName } from "./levels.ts";

/** Options of `ConsoleHandler`. */
export interface ConsoleHandlerOptions extends BaseHandlerOptions {
  /** Whether to colour by level; this package never does. */
  useColors?: boolean;
}

/** Prints records with `console.log`. */
export class ConsoleHandler extends BaseHandler {
  /** Makes a handler for records of at least this level. */
  constructor(levelName: LevelName, options: ConsoleHandlerOptions = {}) {
    super(levelName, options);
  }

  /** Prints a text. */
  override log(msg: string): void {
    // deno-lint-ignore no-console -- the one place whose purpose it is
    console.log(msg);
  }
}
