import { assertEquals } from "@std/assert";
import { concatenate, LineSplitter } from "../../mod/watch/lines.ts";

const PURE = { permissions: "none" } as const;
const encode = (text: string) => new TextEncoder().encode(text);

/** Lines of the bytes when they come in chunks of `size`. */
function split(bytes: Uint8Array, size: number, limit = 100): string[] {
  const splitter = new LineSplitter(limit);
  const lines: string[] = [];
  for (let start = 0; start < bytes.length; start += size) {
    for (const line of splitter.push(bytes.slice(start, start + size))) {
      lines.push(line.kind === "line" ? line.text : `too long ${line.bytes}`);
    }
  }
  return lines;
}

Deno.test(
  "LineSplitter gives the same lines however they are chunked",
  PURE,
  () => {
    const bytes = encode('{"a":"é😀"}\r\n\n  \nsecond\nthird, not ended');
    for (let size = 1; size <= bytes.length; size++) {
      assertEquals(split(bytes, size), ['{"a":"é😀"}\r', "second"]);
    }
  },
);

Deno.test(
  "LineSplitter drops a line above its limit and goes on with the next",
  PURE,
  () => {
    const bytes = encode(`${"x".repeat(101)}\nafter\n${"y".repeat(100)}\n`);
    for (const size of [1, 7, 1000]) {
      assertEquals(split(bytes, size), [
        "too long 101",
        "after",
        "y".repeat(100),
      ]);
    }
  },
);

Deno.test(
  "LineSplitter puts U+FFFD in place of bytes that are no UTF-8",
  PURE,
  () => {
    assertEquals(split(new Uint8Array([0x61, 0xff, 0xc3, 0x0a]), 1), [
      "a\ufffd\ufffd",
    ]);
  },
);

Deno.test("LineSplitter knows of a line that was not ended", PURE, () => {
  const splitter = new LineSplitter();
  splitter.push(encode("one\ntwo"));
  assertEquals(splitter.pendingBytes, 3);
});

Deno.test("concatenate() puts parts together", PURE, () => {
  assertEquals(concatenate([encode("a"), encode("bc")], 3), encode("abc"));
});

Deno.test(
  "LineSplitter keeps the beginning of a line that is too long",
  PURE,
  () => {
    const text = `{"metadata":{"name":"big"},"x":"${"y".repeat(5000)}"}\n`;
    for (const size of [1, 7, 1500, 10_000]) {
      const splitter = new LineSplitter(2_000);
      const bytes = encode(text);
      const lines = [];
      for (let start = 0; start < bytes.length; start += size) {
        lines.push(...splitter.push(bytes.slice(start, start + size)));
      }
      assertEquals(lines, [{
        kind: "too-long",
        bytes: text.length - 1,
        head: text.slice(0, 1024),
      }]);
    }
  },
);
