import { assertEquals } from "@std/assert";
import type { Cidr, IpAddress } from "#model";
import { frontendElement, sourceRangeElement } from "#plan";

Deno.test("elements are written as ipset lists them", {
  permissions: "none",
}, () => {
  const v4 = frontendElement("tcp", "10.96.0.1" as IpAddress, 443);
  const v6 = frontendElement("sctp", "fd00::1" as IpAddress, 5);
  assertEquals([v4, v6], ["10.96.0.1,tcp:443", "fd00::1,sctp:5"]);
  const table: readonly (readonly [string, string, string])[] = [
    [v4, "10.1.0.0/16", "10.96.0.1,tcp:443,10.1.0.0/16"],
    [v4, "10.1.2.3/32", "10.96.0.1,tcp:443,10.1.2.3"],
    [v6, "2001:db8::/32", "fd00::1,sctp:5,2001:db8::/32"],
    [v6, "2001:db8::1/128", "fd00::1,sctp:5,2001:db8::1"],
  ];
  for (const [element, cidr, expected] of table) {
    assertEquals(sourceRangeElement(element, cidr as Cidr), expected);
  }
});
