import { assertEquals, assertRejects } from "@std/assert";
import {
  jsonResponse,
  serveHttp,
  textResponse,
} from "../../mod/observe/http_server.ts";
import { setUpLogs } from "../../mod/observe/log_setup.ts";
import { lacks, LOOPBACK } from "../support/permission.ts";

const NOTHING = { permissions: "none" } as const;
const ON_LOOPBACK = { ignore: lacks("serveHttp()", LOOPBACK) };
const HOST = "127.0.0.1";

Deno.test("serveHttp() serves until the signal", ON_LOOPBACK, async () => {
  setUpLogs({ format: "text", verbosity: 0, write: () => {} });
  const stop = new AbortController();
  const { promise: port, resolve } = Promise.withResolvers<number>();
  const done = serveHttp({
    name: "test",
    host: HOST,
    port: 0,
    hardFail: true,
    signal: stop.signal,
    handle: () => textResponse("here"),
    onListen: resolve,
  });
  const answer = await fetch(`http://${HOST}:${await port}/`);
  assertEquals(await answer.text(), "here");
  stop.abort();
  await done;
});

Deno.test(
  "serveHttp() tries a taken address again, and complains once",
  ON_LOOPBACK,
  async () => {
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    setUpLogs({ format: "text", verbosity: 0, write });
    const taken = Deno.listen({ hostname: HOST, port: 0 });
    const { port } = taken.addr;
    const stop = new AbortController();
    const { promise: listening, resolve } = Promise.withResolvers<number>();
    const done = serveHttp({
      name: "test",
      host: HOST,
      port,
      hardFail: false,
      retryMs: 5,
      signal: stop.signal,
      handle: () => textResponse("here"),
      onListen: resolve,
    });
    await new Promise((wake) => setTimeout(wake, 50));
    taken.close();
    assertEquals(await listening, port);
    stop.abort();
    await done;
    assertEquals(
      lines.filter((line) => line.includes("Cannot serve")).length,
      1,
    );
  },
);

Deno.test(
  "serveHttp() ends with an error when it must not try again",
  ON_LOOPBACK,
  async () => {
    using taken = Deno.listen({ hostname: HOST, port: 0 });
    await assertRejects(
      () =>
        serveHttp({
          name: "test",
          host: HOST,
          port: taken.addr.port,
          hardFail: true,
          signal: new AbortController().signal,
          handle: () => textResponse(""),
        }),
      Error,
      `Cannot serve test on ${HOST} port ${taken.addr.port}: `,
    );
  },
);

Deno.test(
  "jsonResponse() and textResponse() let no browser guess",
  NOTHING,
  () => {
    for (const response of [jsonResponse(503, {}), textResponse("a", 503)]) {
      assertEquals(response.status, 503);
      assertEquals(response.headers.get("x-content-type-options"), "nosniff");
    }
  },
);
