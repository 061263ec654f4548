import { assertEquals } from "@std/assert";
import { decodeServiceCidr } from "#model";

Deno.test("decodeServiceCidr() gives one or two networks", {
  permissions: "none",
}, () => {
  const metadata = { name: "kubernetes" };
  const table: readonly (readonly [unknown, unknown])[] = [
    [["10.96.0.0/12"], ["10.96.0.0/12"]],
    [["10.96.0.1/12", "fd00:10::/108"], ["10.96.0.0/12", "fd00:10::/108"]],
    [["10.96.0.0/12", "x"], ["10.96.0.0/12"]],
    [["x"], undefined],
    [[], undefined],
    [undefined, undefined],
    [7, undefined],
  ];
  for (const [cidrs, expected] of table) {
    const decoded = decodeServiceCidr({ metadata, spec: { cidrs } });
    const seen = decoded.kind === "object" ? decoded.value.cidrs : undefined;
    assertEquals(seen as unknown, expected);
  }
  assertEquals(decodeServiceCidr(null).kind, "malformed");
});
