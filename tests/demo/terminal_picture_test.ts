import { assert, assertEquals } from "@std/assert";
import { drawTerminal, parseLine, shownLines } from "./terminal_picture.ts";

const NOTHING = { permissions: "none" } as const;

Deno.test("parseLine() splits a line by its colours", NOTHING, () => {
  assertEquals(
    parseLine("a \x1b[1;32mgood\x1b[0m b").map((
      { text, bold },
    ) => [text, bold]),
    [["a ", false], ["good", true], [" b", false]],
  );
  const [faint, plain] = parseLine("\x1b[2mx\x1b[0my");
  assert(faint?.fill !== plain?.fill);
});

Deno.test("shownLines() leaves out what was overwritten", NOTHING, () => {
  assertEquals(shownLines("10 %\r20 %\rdone\r\n\x1b[2Kx\n\n"), ["done", "x"]);
});

Deno.test("drawTerminal() keeps the text, and no markup of it", NOTHING, () => {
  const svg = drawTerminal("a & b", ["<b> \x1b[31m&\x1b[0m", ""]);
  assert(svg.includes('aria-label="a &amp; b"'));
  assert(svg.includes("&lt;b&gt; "));
  assert(!svg.includes("<b>"));
  assertEquals(svg.match(/<text y=/g)?.length, 1);
});
