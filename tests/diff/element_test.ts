import { assertEquals } from "@std/assert";
import { addressEntry, elementId, parseElementId } from "../../mod/diff/mod.ts";
import type { IpAddress } from "../../mod/model/mod.ts";
import { SET_KINDS, type SetEntry } from "../../mod/plan/mod.ts";

Deno.test({
  name: "elementId() and parseElementId() are inverses for every set",
  permissions: "none",
  fn: () => {
    for (const set of SET_KINDS) {
      for (const family of ["ipv4", "ipv6"] as const) {
        const entry: SetEntry = { set, family, element: "fd00::1,tcp:80" };
        assertEquals(parseElementId(elementId(entry)), entry);
      }
    }
    assertEquals(parseElementId("KUBE-VS4-OTHER 10.0.0.1"), undefined);
  },
});

Deno.test({
  name: "addressEntry() chooses the family of the address",
  permissions: "none",
  fn: () => {
    const ids = ["10.0.0.1", "fd00::1"].map((address) =>
      elementId(addressEntry(address as IpAddress))
    );
    assertEquals(ids, [
      "KUBE-VS4-ADDRESSES 10.0.0.1",
      "KUBE-VS6-ADDRESSES fd00::1",
    ]);
  },
});
