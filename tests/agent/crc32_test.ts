import { assertEquals } from "@std/assert";
import { Crc32 } from "../../mod/agent/crc32.ts";

Deno.test({
  name: "Crc32 gives the well-known sum, however the bytes are cut",
  permissions: "none",
  fn: () => {
    const bytes = new TextEncoder().encode("123456789");
    assertEquals(new Crc32().text, "00000000");
    assertEquals(new Crc32().update(bytes).text, "cbf43926");
    const cut = new Crc32().update(bytes.subarray(0, 4))
      .update(bytes.subarray(4));
    assertEquals(cut.text, "cbf43926");
  },
});
