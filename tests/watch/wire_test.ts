import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  isOlder,
  parseItem,
  parseListMetadata,
  parseStatusText,
  parseWatchLine,
  quote,
} from "../../mod/watch/wire.ts";
import tooLarge from "../apiserver/recordings/error-version-too-large.json" with {
  type: "json",
};
import page from "../apiserver/recordings/services-page-1.json" with {
  type: "json",
};

const PURE = { permissions: "none" } as const;

Deno.test("parseStatusText() reads what a real server says", PURE, () => {
  assertEquals(parseStatusText(JSON.stringify(tooLarge)), {
    code: 504,
    reason: "Timeout",
    message: "Timeout: Too large resource version: 999999999, current: 7075",
    causes: ["ResourceVersionTooLarge"],
    retryAfterSeconds: 1,
  });
});

Deno.test("parseStatusText() quotes what is no Status", PURE, () => {
  const { message } = parseStatusText("<html>\u001b[31mproxy</html>");
  assertEquals(message, '"<html>\\u001b[31mproxy</html>"');
  assertEquals(parseStatusText(" ").message, "");
});

Deno.test(
  "parseListMetadata() and parseItem() read a page of a real server",
  PURE,
  () => {
    const metadata = parseListMetadata(JSON.stringify(page));
    assertEquals(metadata?.resourceVersion, "7075");
    assertEquals(metadata?.continueToken, page.metadata.continue);
    const item = parseItem(JSON.stringify(page.items[0]));
    assertEquals(item?.key, "default/affinity");
    assertEquals(item?.resourceVersion, "6891");
  },
);

Deno.test("parseWatchLine() never throws, whatever the line", PURE, () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.record({
          type: fc.oneof(
            fc.constantFrom("ADDED", "BOOKMARK", "ERROR"),
            fc.anything(),
          ),
          object: fc.oneof(
            fc.record({ metadata: fc.jsonValue(), details: fc.jsonValue() }),
            fc.jsonValue(),
          ),
        }).map((event) => JSON.stringify(event) ?? ""),
      ),
      (text) => {
        const { kind } = parseWatchLine(text);
        return ["object", "bookmark", "error", "garbage"].includes(kind);
      },
    ),
    { seed: 7 },
  );
});

Deno.test(
  "isOlder() compares numbers of any length, and nothing else",
  PURE,
  () => {
    assertEquals(
      [["9", "10"], ["10", "9"], ["7", "7"], ["", "1"], ["a", "b"]].map(
        ([left = "", right = ""]) => isOlder(left, right),
      ),
      [true, false, false, false, false],
    );
    assertEquals(
      isOlder("9".repeat(30), `1${"0".repeat(30)}`) ? "older" : "",
      "older",
    );
  },
);

Deno.test("quote() shortens and escapes", PURE, () => {
  assertEquals(quote("a\nb"), '"a\\nb"');
  assertEquals(quote("x".repeat(100)), `"${"x".repeat(60)}"...`);
});
