/**
 * The doors to the host. Operations and wishes come in; each tool's listing
 * goes out as typed values. It promises that every program is run through one
 * `CommandRunner`, that each change is one batch in the tool's restore mode,
 * that a batch which did not wholly succeed throws `BatchError`, and that
 * nothing reaches a batch that could be read as another line or option.
 *
 * @module
 */
export { type Clock, HOST_CLOCK } from "./clock.ts";
export {
  BatchError,
  CommandError,
  type CommandErrorOptions,
  type CommandFailure,
  isAlreadyExists,
  isNotFound,
} from "./errors.ts";
export type * from "./types.ts";
