import { assertEquals } from "@std/assert";
import { intern } from "../../mod/model/intern.ts";

Deno.test("intern() gives equal text, also after the pool began anew", {
  permissions: "none",
}, () => {
  assertEquals(intern("node-1"), "node-1");
  for (let index = 0; index < 70_000; index++) intern(`node-${index}`);
  assertEquals(intern("node-1"), "node-1");
  assertEquals(intern(""), "");
});
