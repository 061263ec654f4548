import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  BadRequestError,
  formatHead,
  parseHead,
} from "../../mod/observe/http_message.ts";

const NOTHING = { permissions: "none" } as const;

Deno.test("parseHead() reads method, path, headers, length", NOTHING, () => {
  const head = parseHead(
    "PUT /debug/flags/v?x=1 HTTP/1.1\r\nHost: a.example\r\n" +
      "Content-Length: 3\r\nAccept:  text/plain ",
  );
  assertEquals(head.method, "PUT");
  assertEquals(head.url, "http://localhost/debug/flags/v?x=1");
  assertEquals(head.headers.get("accept"), "text/plain");
  assertEquals(head.bodyBytes, 3);
});

Deno.test(
  "parseHead() takes the path of whatever host a client names",
  NOTHING,
  () => {
    for (
      const [target, url] of [
        ["http://other.example:80/healthz", "http://localhost/healthz"],
        ["//evil/path", "http://localhost//evil/path"],
        ["*", "http://localhost/*"],
      ] as const
    ) assertEquals(parseHead(`GET ${target} HTTP/1.0`).url, url);
  },
);

for (
  const head of [
    "",
    "GET /",
    "GET / HTTP/2.0",
    "get / HTTP/1.1",
    "GET  / HTTP/1.1",
    "GET /\u0001 HTTP/1.1",
    "\u0016\u0003\u0001 TLS",
    "GET / HTTP/1.1\r\nno colon",
    "GET / HTTP/1.1\r\n folded: header",
    "GET / HTTP/1.1\r\nContent-Length: -1",
    "GET / HTTP/1.1\r\nContent-Length: 1e9",
    "GET / HTTP/1.1\r\nA: \u0000",
  ]
) {
  Deno.test(`parseHead() refuses ${JSON.stringify(head)}`, NOTHING, () => {
    assertEquals(
      assertThrows(() => parseHead(head), BadRequestError).status,
      400,
    );
  });
}

Deno.test("parseHead() cannot know a chunked body's length", NOTHING, () => {
  const head = parseHead("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked");
  assertEquals(head.bodyBytes, Infinity);
});

Deno.test("formatHead() says that the connection ends", NOTHING, () => {
  const headers = new Headers({ "content-type": "text/plain" });
  const text = formatHead({ status: 503, headers }, 7);
  assert(text.startsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  for (
    const line of [
      "content-type: text/plain",
      "content-length: 7",
      "connection: close",
    ]
  ) assert(text.split("\r\n").includes(line), line);
  assert(text.endsWith("\r\n\r\n"));
});
