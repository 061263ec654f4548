import { assertEquals, assertThrows } from "@std/assert";
import {
  safeNumber,
  safeRealServer,
  safeVirtualServer,
  safeWord,
} from "../../mod/apply/safe_text.ts";
import { keyOf, realKey } from "../contract/contract.ts";

const PURE = { permissions: "none" } as const;

const WORDS = [
  "rr",
  "mh-fallback,mh-port",
  "KUBE-VS4-FRONTENDS",
  "fd00::1,tcp:443,fd01::/16",
  "eth0.100@eth0",
  "::1",
];
const NO_WORDS = [
  "",
  "-C",
  "a b",
  "a\tb",
  "a\nb",
  "a\r",
  "a\0",
  'a"b',
  "a'b",
  "a;b",
  "a#b",
  "a\u2028b",
  "é",
];

for (const word of WORDS) {
  Deno.test(`safeWord() lets ${word} pass`, PURE, () => {
    assertEquals(safeWord("it", word), word);
  });
}

for (const word of NO_WORDS) {
  Deno.test(`safeWord() refuses ${JSON.stringify(word)}`, PURE, () => {
    assertThrows(() => safeWord("it", word), TypeError, "Cannot write it");
  });
}

Deno.test(
  "safeVirtualServer() lets ipvsadm's words for one pass alone",
  PURE,
  () => {
    for (
      const key of ["-t 10.0.0.1:80", "-u [fd00::1]:53", "-f 4294967295 -6"]
    ) assertEquals(safeVirtualServer(keyOf(key)), key);
    for (
      const key of [
        "-t 10.0.0.1",
        "-t 10.0.0.1:80 ",
        "-t 10.0.0.1:80\n",
        "-t fd00::1:80",
        "-x 10.0.0.1:80",
        "-f 7 -4",
        "-f -6",
        "-t  10.0.0.1:80",
      ]
    ) assertThrows(() => safeVirtualServer(keyOf(key)), TypeError, "Cannot");
  },
);

Deno.test(
  "safeRealServer() lets an address and a port pass alone",
  PURE,
  () => {
    for (const key of ["10.0.0.1:80", "[fd00::1]:53"]) {
      assertEquals(safeRealServer(realKey(key)), key);
    }
    for (const key of ["10.0.0.1", "web:80", "10.0.0.1:80\n-C", "[fd00::1]"]) {
      assertThrows(() => safeRealServer(realKey(key)), TypeError, "Cannot");
    }
  },
);

Deno.test("safeNumber() lets whole numbers in range pass alone", PURE, () => {
  const range = { least: 0, most: 9 };
  assertEquals(safeNumber("it", 9, range), "9");
  for (const value of [-1, 10, 1.5, NaN, Infinity]) {
    assertThrows(() => safeNumber("it", value, range), RangeError, "Cannot");
  }
});
