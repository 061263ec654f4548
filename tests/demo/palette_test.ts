import { assertEquals } from "@std/assert";
import { choosePalette, colours, plain } from "./palette.ts";

const PURE = { permissions: "none" } as const;

for (
  const [isTerminal, noColor, palette] of [
    [true, "", colours],
    [true, "1", plain],
    [false, "", plain],
    [false, "1", plain],
  ] as const
) {
  const name = `choosePalette() gives ${palette.name} ` +
    `${isTerminal ? "on" : "off"} a terminal with NO_COLOR="${noColor}"`;
  Deno.test(name, PURE, () => {
    assertEquals(choosePalette({ isTerminal, noColor }), palette);
  });
}

Deno.test(
  "colours() ends what it begins and leaves no mark on nothing",
  PURE,
  () => {
    assertEquals(colours("good", "ok"), "\x1b[1;32mok\x1b[0m");
    assertEquals(colours("good", ""), "");
  },
);
