import { assert, assertEquals } from "@std/assert";
import { BatchError, CommandError, isAlreadyExists, isNotFound } from "#apply";

const PURE = { permissions: "none" } as const;

function failed(stderr: string): CommandError {
  return new BatchError(["ipvsadm", "--restore"], [stderr], {
    code: 255,
    stderr,
  });
}

const EXISTS = [
  "Service already exists",
  "Destination already exists",
  "RTNETLINK answers: File exists",
  "Error in line 1: Element cannot be added to the set: it's already added",
  "Set cannot be created: set with the same name already exists",
];
const ABSENT = [
  "No such service",
  "Service not defined",
  "No such destination",
  'Device "nosuch" does not exist.',
  'Cannot find device "nosuch"',
  "RTNETLINK answers: Cannot assign requested address",
  "The set with the given name does not exist",
  "Element cannot be deleted from the set: it's not added",
];

for (const sentence of EXISTS) {
  Deno.test(`isAlreadyExists() knows: ${sentence}`, PURE, () => {
    assert(isAlreadyExists(failed(sentence)));
    assert(!isNotFound(failed(sentence)));
  });
}

for (const sentence of ABSENT) {
  Deno.test(`isNotFound() knows: ${sentence}`, PURE, () => {
    assert(isNotFound(failed(sentence)));
    assert(!isAlreadyExists(failed(sentence)));
  });
}

Deno.test("neither knows other errors", PURE, () => {
  const others = [failed("Operation not permitted"), new Error(EXISTS[0])];
  for (const error of others) {
    assert(!isAlreadyExists(error) && !isNotFound(error));
  }
});

Deno.test("BatchError shows three refusals and counts the rest", PURE, () => {
  const error = new BatchError(
    ["ipvsadm", "--restore"],
    ["a", "b", "c", "d", "e"],
    { code: 0, stderr: "a\nb\nc\nd\ne\n" },
  );
  assertEquals(
    error.message,
    'Cannot run "ipvsadm --restore": exit code 0: a; b; c; and 2 more',
  );
  assertEquals(error.name, "BatchError");
  assert(error instanceof CommandError);
});

Deno.test("CommandError keeps argv, code and standard error", PURE, () => {
  const error = new CommandError(["ip", "addr"], "no", {
    failure: "missing",
  });
  assertEquals(
    [error.message, error.code, error.stderr, error.argv],
    ['Cannot run "ip addr": no', undefined, "", ["ip", "addr"]],
  );
});
