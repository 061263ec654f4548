import { assertEquals, assertThrows } from "@std/assert";
import { setCapacity, setType } from "#apply";
import {
  formatAdd,
  formatCreate,
  parseIpsetSave,
} from "../../mod/apply/ipset_text.ts";
import recorded from "./fixtures/recorded.json" with { type: "json" };
import { text } from "./support.ts";

const PURE = { permissions: "none" } as const;

for (
  const [elements, capacity] of [
    [0, 1024],
    [682, 1024],
    [683, 2048],
    [10_000, 16_384],
    [200_000, 524_288],
  ] as const
) {
  Deno.test(`setCapacity() of ${elements} is ${capacity}`, PURE, () => {
    assertEquals(setCapacity(elements), capacity);
  });
}

Deno.test("setType() names type, family and skbinfo, no sizes", PURE, () => {
  assertEquals(setType("mark", "ipv6"), "hash:ip,port family inet6 skbinfo");
  assertEquals(setType("addresses", "ipv4"), "hash:ip family inet");
  assertEquals(setType("health-checks", "ipv4"), "bitmap:port range 0-65535");
});

Deno.test("formatCreate() sizes hashes and leaves bitmaps alone", PURE, () => {
  assertEquals(
    formatCreate("S", "hash:ip family inet", 200_000),
    "create S hash:ip family inet hashsize 131072 maxelem 524288",
  );
  assertEquals(
    formatCreate("S", "bitmap:port range 0-65535", 9),
    "create S bitmap:port range 0-65535",
  );
});

Deno.test("parseIpsetSave() leaves foreign sets out", PURE, () => {
  assertEquals(parseIpsetSave(text(recorded.kubeProxyIpset)).size, 0);
  assertEquals(parseIpsetSave(text(recorded.ipsetSave)).size, 0);
  assertEquals(parseIpsetSave("").size, 0);
});

Deno.test(
  "parseIpsetSave() reads what the tool prints of our sets",
  PURE,
  () => {
    const ours = text(recorded.ipsetSave).replaceAll(
      /^(create|add) /gm,
      "$1 KUBE-VS4-",
    );
    const sets = parseIpsetSave(ours);
    assertEquals(sets.get("KUBE-VS4-A"), {
      name: "KUBE-VS4-A",
      type: "hash:ip,port family inet",
      maxElements: 4,
      elements: new Map([
        ["10.0.0.1,sctp:80", undefined],
        ["10.0.0.1,tcp:80", undefined],
        ["10.0.0.1,udp:80", undefined],
      ]),
    });
    const marks = sets.get("KUBE-VS4-M");
    assertEquals(marks?.type, "hash:ip,port family inet skbinfo");
    assertEquals([...marks?.elements ?? []], [
      ["10.0.0.1,tcp:80", 0x1000_4000],
      ["10.0.0.2,tcp:80", undefined],
      // A mask of its own is nothing that we wrote: equal to no mark.
      ["10.0.0.3,tcp:80", NaN],
      ["10.0.0.4,tcp:80", 0],
    ]);
    assertEquals([...sets.get("KUBE-VS4-N")?.elements.keys() ?? []], [
      "10.0.0.1,tcp:80,10.1.2.3",
      "10.0.0.1,tcp:81,0.0.0.0/1",
      "10.0.0.1,tcp:80,10.1.0.0/16",
    ]);
    assertEquals(sets.get("KUBE-VS4-B")?.maxElements, undefined);
  },
);

Deno.test("parseIpsetSave() throws at what ipset never prints", PURE, () => {
  assertThrows(() => parseIpsetSave("flush X\n"), SyntaxError, "Cannot read");
});

for (const element of ["", "-q", "10.0.0.1 skbmark 1", "10.0.0.1\nflush X"]) {
  const shown = JSON.stringify(element);
  Deno.test(`formatAdd() refuses the element ${shown}`, PURE, () => {
    assertThrows(
      () => formatAdd("S", element, undefined),
      TypeError,
      "Cannot write an element into a batch",
    );
  });
}

Deno.test("formatAdd() refuses marks of more than 32 bits", PURE, () => {
  assertEquals(formatAdd("S", "1.1.1.1", 255), "add S 1.1.1.1 skbmark 0xff");
  assertThrows(() => formatAdd("S", "1.1.1.1", 2 ** 32), RangeError);
});
