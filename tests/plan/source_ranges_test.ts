import { assertEquals } from "@std/assert";
import { selectSourceRanges } from "../../mod/plan/source_ranges.ts";
import { service } from "./objects.ts";

Deno.test("selectSourceRanges() opens and closes each family by itself", {
  permissions: "none",
}, () => {
  const everybody = "everybody";
  const table: readonly (readonly [unknown, unknown, unknown])[] = [
    [undefined, everybody, everybody],
    [[], everybody, everybody],
    [["10.0.0.0/8"], ["10.0.0.0/8"], []],
    [["2001:db8::/32"], [], ["2001:db8::/32"]],
    [["0.0.0.0/0"], everybody, []],
    [["10.0.0.0/8", "::/0"], ["10.0.0.0/8"], everybody],
    [["garbage"], [], []],
  ];
  for (const [ranges, v4, v6] of table) {
    const limited = service({ loadBalancerSourceRanges: ranges });
    assertEquals(selectSourceRanges(limited, "ipv4") as unknown, v4);
    assertEquals(selectSourceRanges(limited, "ipv6") as unknown, v6);
  }
});
