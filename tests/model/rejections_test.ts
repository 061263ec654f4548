import { assertEquals } from "@std/assert";
import { objectText, Rejections } from "../../mod/model/rejections.ts";

const none = { permissions: "none" } as const;

Deno.test(
  "objectText() names kind, namespace and name, safe to print",
  none,
  () => {
    const table: readonly (readonly [unknown, string])[] = [
      [
        { metadata: { namespace: "default", name: "web" } },
        "Service default/web",
      ],
      [{ metadata: { name: "web" } }, "Service web"],
      [{ metadata: { namespace: "a\nb", name: "w" } }, 'Service "a\\nb"/w'],
      [{ metadata: { namespace: "x", name: "\u001b" } }, 'Service x/"\\u001b"'],
      [{ metadata: { namespace: "x", name: 7 } }, "Service x/7"],
      [null, "Service undefined"],
    ];
    for (const [object, expected] of table) {
      assertEquals(objectText("Service", object), expected);
    }
  },
);

Deno.test("Rejections keep twenty and count the others", none, () => {
  const rejections = new Rejections("Service a/b");
  for (let index = 0; index < 5000; index++) rejections.add(`f${index}`, "no");
  const all = rejections.all();
  assertEquals(all.length, 21);
  assertEquals(all[0], { object: "Service a/b", field: "f0", reason: "no" });
  assertEquals(all[20]?.reason, "Cannot list all that is wrong: 4980 more");
});

Deno.test("malformed() carries what was noted", none, () => {
  const rejections = new Rejections("Node n1");
  rejections.add("spec", "no");
  assertEquals(rejections.malformed(), {
    kind: "malformed",
    rejections: [{ object: "Node n1", field: "spec", reason: "no" }],
  });
});
