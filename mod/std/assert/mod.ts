/**
 * `@std/assert`, the part that the tests use, from the npm republication of
 * the standard library. It exists because the registry of `jsr:` imports is
 * not reachable from closed sites; dropping `links` from the root `deno.json`
 * returns to the real package.
 *
 * @module
 */
// @ts-types="./types.d.ts"
export {
  assert,
  assertEquals,
  AssertionError,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
  fail,
} from "npm:/deno-std@1.4.0/assert/mod.js";
