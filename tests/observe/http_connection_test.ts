import { assert, assertEquals } from "@std/assert";
import {
  answerOnce,
  type HttpConnection,
} from "../../mod/observe/http_connection.ts";

const NOTHING = { permissions: "none" } as const;

/** A client that sends these pieces and keeps what it gets. */
class ScriptedClient implements HttpConnection {
  readonly #pieces: Uint8Array[];
  got = "";
  isEnded = false;

  constructor(...pieces: readonly string[]) {
    this.#pieces = pieces.map((text) => new TextEncoder().encode(text));
  }
  async read(into: Uint8Array): Promise<number | null> {
    await Promise.resolve();
    const piece = this.#pieces.shift();
    if (piece === undefined) return null;
    const part = piece.subarray(0, into.byteLength);
    if (part.byteLength < piece.byteLength) {
      this.#pieces.unshift(piece.subarray(part.byteLength));
    }
    into.set(part);
    return part.byteLength;
  }
  async write(bytes: Uint8Array): Promise<number> {
    await Promise.resolve();
    const part = bytes.subarray(0, 10);
    this.got += new TextDecoder().decode(part);
    return part.byteLength;
  }
  async closeWrite(): Promise<void> {
    await Promise.resolve();
    this.isEnded = true;
  }
  close(): void {
    this.isEnded = true;
  }
}

async function ask(...pieces: readonly string[]): Promise<ScriptedClient> {
  const client = new ScriptedClient(...pieces);
  await answerOnce(client, async (request) => {
    if (request.url.endsWith("/bug")) throw new Error("a secret path");
    const body = request.method === "PUT" ? await request.text() : "";
    const { pathname } = new URL(request.url);
    return new Response(`${request.method} ${pathname} ${body}`);
  });
  return client;
}

function statusOf(client: ScriptedClient): string {
  return client.got.split(" ")[1] ?? "";
}

Deno.test(
  "answerOnce() puts a request together from its pieces",
  NOTHING,
  async () => {
    const client = await ask("GET /a", "b HTTP/1.1\r\nHost: x\r", "\n\r\n");
    assertEquals(client.got.split("\r\n\r\n")[1], "GET /ab ");
    assert(client.isEnded);
  },
);

Deno.test("answerOnce() sends no body to HEAD", NOTHING, async () => {
  const client = await ask("HEAD /a HTTP/1.1\r\n\r\n");
  assertEquals(client.got.split("\r\n\r\n"), [
    client.got.slice(0, -4),
    "",
  ]);
  assertEquals(/content-length: (\d+)/.exec(client.got)?.[1], "8");
});

Deno.test("answerOnce() reads the body of a PUT only", NOTHING, async () => {
  const put = await ask(
    "PUT /v HTTP/1.1\r\nContent-Length: 4\r\n\r\n4",
    "2\r\n",
  );
  assertEquals(put.got.split("\r\n\r\n")[1], "PUT /v 42\r\n");
  const post = await ask(
    "POST /v HTTP/1.1\r\nContent-Length: 9999999\r\n\r\nabc",
  );
  assertEquals(post.got.split("\r\n\r\n")[1], "POST /v ");
});

for (
  const [name, pieces, status] of [
    ["no HTTP", ["hello\r\n\r\n"], "400"],
    ["an endless head", Array(20).fill("X".repeat(1_000)), "431"],
    [
      "a chunked PUT",
      ["PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"],
      "411",
    ],
    [
      "a long PUT",
      ["PUT / HTTP/1.1\r\nContent-Length: 1025\r\n\r\n"],
      "413",
    ],
    ["TRACE, which the platform forbids", ["TRACE / HTTP/1.1\r\n\r\n"], "400"],
    ["what a handler throws at", ["GET /bug HTTP/1.1\r\n\r\n"], "500"],
    ["nothing at all", [], ""],
    ["half a head", ["GET / HTTP/1.1\r\n"], ""],
  ] as const
) {
  Deno.test(
    `answerOnce() answers ${name} with ${status || "nothing"}`,
    NOTHING,
    async () => {
      const client = await ask(...pieces);
      assertEquals(statusOf(client), status);
      assertEquals(client.got.includes("secret"), false as boolean);
    },
  );
}
