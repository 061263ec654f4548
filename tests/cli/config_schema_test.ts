import { assertEquals } from "@std/assert";
import { findWrong, isEmpty } from "../../mod/cli/config_schema.ts";
import { FIELDS } from "../../mod/cli/fields.ts";

const NOTHING = { permissions: "none" } as const;
const ROOT = {
  apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
  kind: "KubeProxyConfiguration",
};

/** A file with one field. */
function withField(path: string, value: unknown): Record<string, unknown> {
  const [section = "", name] = path.split(".");
  return {
    ...ROOT,
    [section]: name === undefined ? value : { [name]: value },
  };
}

Deno.test("isEmpty() is true for what says nothing", NOTHING, () => {
  const empty = [null, undefined, "", 0, false, "0s", "0", [], {}, { a: [0] }];
  assertEquals(empty.filter((value) => !isEmpty(value)), []);
  assertEquals([1, "a", true, [1], { a: "b" }].filter(isEmpty), []);
});

for (const { path, kind, initial } of FIELDS) {
  Deno.test(
    `findWrong() takes ${path} as it is by default, and null`,
    NOTHING,
    () => {
      assertEquals(findWrong(withField(path, initial)), []);
      assertEquals(findWrong(withField(path, null)), []);
    },
  );
  if (kind.allowed === "anything") continue;
  Deno.test(`findWrong() names ${path} and what is allowed`, NOTHING, () => {
    // No kind takes a list in a list.
    assertEquals(findWrong(withField(path, [["x"]])), [
      `${path}: Cannot use [["x"]]: allowed is ${kind.allowed}`,
    ]);
  });
}
