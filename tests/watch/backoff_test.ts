import { assertEquals } from "@std/assert";
import {
  backoffMs,
  parseRetryAfter,
  RETRY_AFTER_CEILING_MS,
  retryAfterMs,
} from "../../mod/watch/backoff.ts";

const PURE = { permissions: "none" } as const;

Deno.test(
  "backoffMs() spreads over a range that doubles up to 30 s",
  PURE,
  () => {
    const ranges = [1, 2, 3, 6, 7, 100].map((attempt) => backoffMs(attempt, 1));
    assertEquals(ranges, [800, 1600, 3200, 25_600, 30_000, 30_000]);
    assertEquals(backoffMs(5, 0), 0);
  },
);

Deno.test(
  "retryAfterMs() waits at least what was asked, within reason",
  PURE,
  () => {
    assertEquals(retryAfterMs(7, 0), 7000);
    assertEquals(retryAfterMs(7, 0.5), 7500);
    assertEquals(retryAfterMs(1e9, 0), RETRY_AFTER_CEILING_MS);
  },
);

Deno.test("parseRetryAfter() reads seconds and dates", PURE, () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  const headers = [
    null,
    "12",
    " 3 ",
    "soon",
    "Thu, 01 Jan 2026 00:00:09 GMT",
    "Wed, 31 Dec 2025 00:00:00 GMT",
  ];
  assertEquals(headers.map((header) => parseRetryAfter(header, now)), [
    undefined,
    12,
    3,
    undefined,
    9,
    0,
  ]);
});
