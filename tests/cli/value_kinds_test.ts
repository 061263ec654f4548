import { assert, assertEquals } from "@std/assert";
import {
  ANYTHING,
  BIND,
  BOOLEAN,
  choice,
  DURATION,
  integer,
  IP,
  isAllowed,
  isCidr,
  listOf,
  MARK_RANGE,
  NUMBER,
  parseBind,
  parseMarkRange,
  SWITCHES,
  TEXT,
  type ValueKind,
} from "../../mod/cli/value_kinds.ts";

const NOTHING = { permissions: "none" } as const;

interface Case {
  readonly name: string;
  readonly kind: ValueKind;
  readonly allowed: readonly unknown[];
  readonly refused: readonly unknown[];
}

const CASES: readonly Case[] = [
  { name: "TEXT", kind: TEXT, allowed: ["", "a"], refused: [1, null, []] },
  {
    name: "choice",
    kind: choice("a", ""),
    allowed: ["a", ""],
    refused: ["b", 1],
  },
  { name: "BOOLEAN", kind: BOOLEAN, allowed: [true], refused: ["true", 1] },
  {
    name: "integer",
    kind: integer(0, 31),
    allowed: [0, 31],
    refused: [-1, 32, 1.5, "1", NaN],
  },
  { name: "NUMBER", kind: NUMBER, allowed: [1.5, -1], refused: ["1", NaN] },
  {
    name: "DURATION",
    kind: DURATION,
    allowed: ["0s", "1h"],
    refused: ["-1s", "1", 30],
  },
  {
    name: "IP",
    kind: IP,
    allowed: ["10.0.0.1", "fd00::1"],
    refused: ["10.0.0", "10.0.0.256", "fe80::1%eth0", ""],
  },
  {
    name: "BIND",
    kind: BIND,
    allowed: ["", "0.0.0.0", "0.0.0.0:10256", "[::]:1", "::", "[::1]"],
    refused: ["localhost:1", "1.2.3.4:0", "1.2.3.4:65536", ":10256"],
  },
  {
    name: "listOf",
    kind: listOf("CIDRs", isCidr),
    allowed: [[], ["10.0.0.0/8", "fd00::/8"]],
    refused: ["10.0.0.0/8", ["10.0.0.0"], ["10.0.0.0/33"], [1]],
  },
  {
    name: "SWITCHES",
    kind: SWITCHES,
    allowed: [{}, { A: true }],
    refused: [{ A: "true" }, [], "A=true", null],
  },
  {
    name: "MARK_RANGE",
    kind: MARK_RANGE,
    allowed: ["0x1000000/0xff000000", "0x80000000/0x80000000"],
    refused: [
      "0x1000000",
      "1/1",
      "0x0/0xff000000",
      "0x1/0xff000000",
      "0x1000000/0xfffffff0",
      "0x1000000/0xff0000000",
      "",
    ],
  },
  { name: "ANYTHING", kind: ANYTHING, allowed: [1, null, {}], refused: [] },
];

for (const { name, kind, allowed, refused } of CASES) {
  Deno.test(`${name} takes what it allows and nothing else`, NOTHING, () => {
    for (const value of allowed) assert(isAllowed(kind, value), String(value));
    for (const value of refused) assert(!isAllowed(kind, value), String(value));
  });
}

Deno.test("parseMarkRange() reads marks above the sign bit", NOTHING, () => {
  assertEquals(parseMarkRange("0xa0000000/0xf0000000"), {
    value: 0xa000_0000,
    mask: 0xf000_0000,
  });
});

Deno.test("parse() reads the text of a flag as Go does", NOTHING, () => {
  assertEquals(["T", "0", "yes"].map(BOOLEAN.parse), [true, false, undefined]);
  assertEquals(integer(0, 9).parse("7"), 7);
  assertEquals(integer(0, 9).parse("7.0"), undefined);
  assertEquals(NUMBER.parse(""), undefined);
  assertEquals(listOf("x", isCidr).parse(""), []);
  assertEquals(listOf("x", isCidr).parse("a,b"), ["a", "b"]);
  assertEquals(SWITCHES.parse("A=true,B=false"), { A: true, B: false });
  assertEquals(SWITCHES.parse("A=maybe"), undefined);
});

Deno.test(
  "parseBind() takes the default port when none is written",
  NOTHING,
  () => {
    assertEquals(parseBind("::", 10256), { host: "::", port: 10256 });
    assertEquals(parseBind("[::1]:80", 1), { host: "::1", port: 80 });
    assertEquals(parseBind("10.0.0.1:80", 1), { host: "10.0.0.1", port: 80 });
    assertEquals(parseBind("", 1), undefined);
  },
);
