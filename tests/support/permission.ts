/**
 * Plain `deno test` has no permissions at all; `deno task test:unit` names
 * those that some tests need. A test that lacks one is ignored, and this says
 * so on the way.
 *
 * @module
 */

/**
 * Whether a permission is missing, for a test's `ignore`; prints the reason.
 */
export function lacks(
  test: string,
  ...needs: readonly Deno.PermissionDescriptor[]
): boolean {
  const missing = needs.filter((need) =>
    Deno.permissions.querySync(need).state !== "granted"
  );
  if (missing.length === 0) return false;
  const names = missing.map((need) => need.name).join(", ");
  // deno-lint-ignore no-console -- a skipped test prints its reason
  console.log(`ignored: ${test}: needs ${names} (deno task test:unit)`);
  return true;
}

/** Loopback sockets, as `task test:unit` grants them. */
export const LOOPBACK: Deno.PermissionDescriptor = {
  name: "net",
  host: "127.0.0.1",
};
/** Scratch files, as `task test:unit` grants them. */
export const SCRATCH: Deno.PermissionDescriptor = {
  name: "write",
  path: "/tmp",
};
