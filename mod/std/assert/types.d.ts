// Signatures as in @std/assert; only what is re-exported.

/** Thrown by every assertion of this package. */
export declare class AssertionError extends Error {
  constructor(message: string, options?: ErrorOptions);
}
/** Fails unless `expr` is truthy. */
export declare function assert(expr: unknown, msg?: string): asserts expr;
/** Fails unless the two are deeply equal. */
export declare function assertEquals<T>(
  actual: T,
  expected: T,
  msg?: string,
): void;
/** Fails when the two are deeply equal. */
export declare function assertNotEquals<T>(
  actual: T,
  expected: T,
  msg?: string,
): void;
/** Fails unless `actual` matches. */
export declare function assertMatch(
  actual: string,
  expected: RegExp,
  msg?: string,
): void;
/** Fails unless `actual` contains `expected`. */
export declare function assertStringIncludes(
  actual: string,
  expected: string,
  msg?: string,
): void;
/** Fails unless `fn` throws; returns what it threw. */
export declare function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  // deno-lint-ignore no-explicit-any
  ErrorClass?: abstract new (...args: any[]) => E,
  msgIncludes?: string,
  msg?: string,
): E;
/** Fails unless the promise rejects; returns what it rejected with. */
export declare function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  // deno-lint-ignore no-explicit-any
  ErrorClass?: abstract new (...args: any[]) => E,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
/** Always fails. */
export declare function fail(msg?: string): never;
