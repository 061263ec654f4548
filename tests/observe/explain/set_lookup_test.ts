import { assertEquals } from "@std/assert";
import type { IpAddress } from "../../../mod/model/mod.ts";
import { parseIpsetSave } from "../../../mod/apply/ipset_text.ts";
import { askSet } from "../../../mod/observe/explain/set_lookup.ts";

const NOTHING = { permissions: "none" } as const;
const PACKET = {
  protocol: "tcp",
  source: "10.1.2.3" as IpAddress,
  target: "10.96.0.1" as IpAddress,
  port: 80,
} as const;

const CASES: readonly (readonly [
  type: string,
  element: string,
  by: string,
  found: string | undefined,
])[] = [
  ["hash:ip family inet", "10.96.0.1", "dst", "10.96.0.1"],
  ["hash:ip family inet", "10.96.0.2", "dst", "none"],
  ["hash:ip family inet", "10.1.2.3", "src", undefined],
  [
    "hash:ip,port family inet",
    "10.96.0.1,tcp:80",
    "dst,dst",
    "10.96.0.1,tcp:80",
  ],
  ["hash:ip,port family inet", "10.96.0.1,udp:80", "dst,dst", "none"],
  ["hash:ip,port family inet", "10.96.0.1,tcp:80", "src,dst", undefined],
  [
    "hash:ip,port,net family inet",
    "10.96.0.1,tcp:80,10.1.0.0/16",
    "dst,dst,src",
    "10.96.0.1,tcp:80,10.1.0.0/16",
  ],
  [
    "hash:ip,port,net family inet",
    "10.96.0.1,tcp:80,10.1.2.3",
    "dst,dst,src",
    "10.96.0.1,tcp:80,10.1.2.3",
  ],
  [
    "hash:ip,port,net family inet",
    "10.96.0.1,tcp:80,10.2.0.0/16",
    "dst,dst,src",
    "none",
  ],
  ["bitmap:port range 0-65535", "80", "dst", "80"],
  ["list:set size 8", "A", "dst", undefined],
];

for (const [type, element, by, expected] of CASES) {
  Deno.test(`askSet(): ${type} with ${element} by ${by}`, NOTHING, () => {
    const set = parseIpsetSave(
      `create S ${type}\nadd S ${element}\n`,
      () => true,
    ).get("S");
    const found = set && askSet(set, by, PACKET);
    assertEquals(found && (found.element ?? "none"), expected);
  });
}

Deno.test("askSet() gives the mark of an element", NOTHING, () => {
  const set = parseIpsetSave(
    "create S hash:ip,port family inet skbinfo\n" +
      "add S 10.96.0.1,tcp:80 skbmark 0x1000001\n",
    () => true,
  ).get("S");
  assertEquals(set && askSet(set, "dst,dst", PACKET), {
    element: "10.96.0.1,tcp:80",
    mark: 0x1000001,
  });
});
