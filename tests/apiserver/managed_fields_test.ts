import { assertEquals } from "@std/assert";
import { at, type Json, type JsonObject, listOf, objectOf } from "./json.ts";
import { kindNamed } from "./kinds.ts";
import { withManagedFields } from "./managed_fields.ts";
import services from "./recordings/services-list.json" with { type: "json" };

const PURE = { permissions: "none" } as const;
const WRITER = {
  manager: "kubectl-client-side-apply",
  now: "2026-01-01T00:00:00Z",
};

function fieldsOf(object: JsonObject): readonly Json[] {
  return listOf(at(object, "metadata", "managedFields"));
}

Deno.test(
  "the fields of an applied Service are the recorded ones",
  PURE,
  () => {
    const recorded = listOf(services.items).map(objectOf)
      .find((item) => at(item, "metadata", "name") === "affinity") ?? {};
    const [expected] = fieldsOf(recorded);
    const [entry] = fieldsOf(
      withManagedFields(kindNamed("Service"), recorded, undefined, WRITER),
    );
    assertEquals(at(entry, "fieldsV1"), at(expected, "fieldsV1"));
  },
);

Deno.test("each writer and subresource has one entry, the newest", PURE, () => {
  const info = kindNamed("Service");
  const status = { ...WRITER, subresource: "status" };
  let object: JsonObject = { metadata: {}, spec: {}, status: {} };
  for (
    const writer of [WRITER, status, { ...WRITER, manager: "edit" }, WRITER]
  ) {
    object = withManagedFields(info, object, object, writer);
  }
  const writers = fieldsOf(object).map((
    entry,
  ) => [at(entry, "manager"), at(entry, "subresource")]);
  assertEquals(writers, [
    [WRITER.manager, "status"],
    ["edit", undefined],
    [WRITER.manager, undefined],
  ]);
});
