/**
 * `@std/cli`, the part that this project uses, from the npm republication of
 * the standard library (see `mod/std/assert/mod.ts` for why).
 *
 * @module
 */
// @ts-types="./types.d.ts"
export { parseArgs } from "npm:/deno-std@1.4.0/cli/parse_args.js";
