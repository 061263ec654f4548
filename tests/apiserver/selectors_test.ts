import { assertEquals } from "@std/assert";
import { kindNamed } from "./kinds.ts";
import { parseFieldSelector, parseLabelSelector } from "./selectors.ts";
import { refusal } from "./support.ts";

const PURE = { permissions: "none" } as const;
const LABELS = { app: "web", "kubernetes.io/service-name": "x", empty: "" };
const OBJECT = {
  metadata: { name: "web", namespace: "default", labels: LABELS },
  spec: { clusterIP: "None" },
};

Deno.test.each([
  ["", true],
  ["app", true],
  ["!app", false],
  ["!service.kubernetes.io/service-proxy-name", true],
  ["empty", true],
  ["empty=", true],
  ["absent=", false],
  ["app=web", true],
  ["app == web", true],
  ["app!=web", false],
  ["absent!=web", true],
  ["app in (db, web)", true],
  ["app notin (db,web)", false],
  ["absent notin (db)", true],
  ["absent in (db)", false],
  ["app=web,!kubernetes.io/service-name", false],
  ["app in (a,web),kubernetes.io/service-name=x", true],
])('label selector "%s" selects: %s', PURE, (text, expected) => {
  assertEquals(parseLabelSelector(text)(OBJECT), expected);
});

Deno.test(
  "a label selector selects an object without labels or metadata",
  PURE,
  () => {
    const without = parseLabelSelector("!app");
    const odd = [{}, { metadata: null }, { metadata: "odd" }];
    assertEquals(odd.map(without), [true, true, true]);
    assertEquals(odd.map(parseLabelSelector("app")), [false, false, false]);
  },
);

Deno.test.each([
  ["", true],
  ["metadata.name=web", true],
  ["metadata.name==db", false],
  ["spec.clusterIP!=None", false],
  ["spec.clusterIP=None,metadata.namespace=default", true],
  ["spec.type=", true],
])('field selector "%s" selects: %s', PURE, (text, expected) => {
  const selected = parseFieldSelector(text, kindNamed("Service"));
  assertEquals(selected(OBJECT), expected);
});

Deno.test("selectors that make no sense are refused with 400", PURE, () => {
  const info = kindNamed("Service");
  assertEquals(refusal(() => parseLabelSelector("a b c"))["code"], 400);
  assertEquals(refusal(() => parseFieldSelector("name", info))["code"], 400);
  assertEquals(
    refusal(() => parseFieldSelector("spec.ports=1", info))["message"],
    "field label not supported: spec.ports",
  );
});
