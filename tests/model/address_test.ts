import { assertEquals } from "@std/assert";
import type { Cidr, IpAddress } from "#model";
import {
  cidrContains,
  familyOf,
  familyOfCidr,
  parseCidr,
  parseIpAddress,
  prefixLength,
  specialRange,
  toBytes,
} from "../../mod/model/address.ts";

const none = { permissions: "none" } as const;

Deno.test(
  "parseIpAddress() gives the canonical form, or undefined",
  none,
  () => {
    const table: readonly (readonly [string, string | undefined])[] = [
      ["10.0.0.1", "10.0.0.1"],
      ["255.255.255.255", "255.255.255.255"],
      ["010.001.000.009", "10.1.0.9"],
      ["10.0.0.00000001", "10.0.0.1"],
      ["10.0.0.256", undefined],
      ["10.0.0.0400", undefined],
      ["10.0.0", undefined],
      ["10.0.0.1.2", undefined],
      ["167772161", undefined],
      ["0x0a.0.0.1", undefined],
      ["10.0.0.1 ", undefined],
      ["10.0.0.1\n", undefined],
      ["", undefined],
      ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
      ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
      ["::", "::"],
      ["::ffff:10.0.0.1", "10.0.0.1"],
      ["::FFFF:0a00:0001", "10.0.0.1"],
      ["fe80::1%eth0", undefined],
      ["1:2:3:4:5:6:7", undefined],
      ["1::2::3", undefined],
      ["[::1]", undefined],
      ["a.example.org", undefined],
      [`1:${"0".repeat(70)}::1`, undefined],
    ];
    for (const [text, expected] of table) {
      assertEquals(
        parseIpAddress(text),
        expected as IpAddress | undefined,
        text,
      );
    }
  },
);

Deno.test("parseIpAddress() reads what it gave as the same", none, () => {
  for (const text of ["010.0.0.1", "2001:DB8::0:1", "::ffff:1.2.3.4"]) {
    const once = parseIpAddress(text);
    assertEquals(parseIpAddress(once ?? ""), once);
  }
});

Deno.test("parseCidr() clears host bits and knows the bounds", none, () => {
  const table: readonly (readonly [string, string | undefined])[] = [
    ["10.1.2.3/8", "10.0.0.0/8"],
    ["10.1.2.3/15", "10.0.0.0/15"],
    ["10.1.2.3/32", "10.1.2.3/32"],
    ["10.1.2.3/0", "0.0.0.0/0"],
    ["10.1.2.3/33", undefined],
    ["10.1.2.3", undefined],
    ["10.1.2.3/", undefined],
    ["10.1.2.3/-1", undefined],
    ["10.1.2.3/8/8", undefined],
    ["2001:db8::ff/33", "2001:db8::/33"],
    ["2001:db8:ffff::/33", "2001:db8:8000::/33"],
    ["::/0", "::/0"],
    ["::1/129", undefined],
    ["::ffff:10.1.2.3/104", "10.0.0.0/8"],
    ["::ffff:10.1.2.3/8", undefined],
  ];
  for (const [text, expected] of table) {
    assertEquals(parseCidr(text), expected as Cidr | undefined, text);
  }
});

Deno.test("cidrContains() looks at the prefix and at the family", none, () => {
  const table: readonly (readonly [string, string, boolean])[] = [
    ["10.0.0.0/8", "10.255.0.1", true],
    ["10.0.0.0/8", "11.0.0.1", false],
    ["10.0.0.0/9", "10.128.0.0", false],
    ["0.0.0.0/0", "1.2.3.4", true],
    ["0.0.0.0/0", "::1", false],
    ["::/0", "1.2.3.4", false],
    ["2001:db8::/33", "2001:db8:7fff::1", true],
    ["2001:db8::/33", "2001:db8:8000::1", false],
    ["10.1.2.3/32", "10.1.2.3", true],
  ];
  for (const [cidr, address, expected] of table) {
    const seen = cidrContains(cidr as Cidr, address as IpAddress);
    assertEquals(seen, expected, `${cidr} ${address}`);
  }
});

Deno.test("specialRange() names what a Service may not take", none, () => {
  const table: readonly (readonly [string, string | undefined])[] = [
    ["10.96.0.1", undefined],
    ["0.0.0.0", "unspecified"],
    ["127.8.9.1", "loopback"],
    ["169.254.169.254", "link-local"],
    ["224.0.0.1", "multicast"],
    ["239.255.255.255", "multicast"],
    ["240.0.0.1", undefined],
    ["255.255.255.255", "broadcast"],
    ["2001:db8::1", undefined],
    ["::", "unspecified"],
    ["::1", "loopback"],
    ["fe80::1", "link-local"],
    ["febf::1", "link-local"],
    ["fec0::1", undefined],
    ["ff02::1", "multicast"],
    ["::5", "IPv4-compatible (deprecated)"],
    ["0:0:1::", undefined],
    ["fd00::1", undefined],
  ];
  for (const [address, expected] of table) {
    assertEquals(specialRange(address as IpAddress), expected, address);
  }
});

Deno.test("families, prefixes and bytes are read off the text", none, () => {
  assertEquals(familyOf("1.2.3.4" as IpAddress), "ipv4");
  assertEquals(familyOf("::1" as IpAddress), "ipv6");
  assertEquals(familyOfCidr("::/0" as Cidr), "ipv6");
  assertEquals(prefixLength("10.0.0.0/17" as Cidr), 17);
  assertEquals(toBytes("1.2.3.4" as IpAddress), [1, 2, 3, 4]);
  assertEquals(toBytes("fd00::1" as IpAddress).length, 16);
});
