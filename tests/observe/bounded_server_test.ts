import { assert, assertEquals } from "@std/assert";
import { BoundedServer } from "../../mod/observe/bounded_server.ts";
import { lacks, LOOPBACK } from "../support/permission.ts";

const ON_LOOPBACK = { ignore: lacks("BoundedServer", LOOPBACK) };
const BIND = { host: "127.0.0.1", port: 0 };

async function isEnded(connection: Deno.Conn): Promise<boolean> {
  try {
    return await connection.read(new Uint8Array(1)) === null;
  } catch {
    return true; // reset
  }
}

Deno.test(
  "BoundedServer answers while silent clients hold all connections",
  ON_LOOPBACK,
  async () => {
    const server = new BoundedServer(
      BIND,
      ({ remote, local }) => () => new Response(`${remote} ${local}`),
      { connections: 3 },
    );
    const silent = await Promise.all(
      Array.from(
        { length: 3 },
        () => Deno.connect({ hostname: BIND.host, port: server.port }),
      ),
    );
    for (let turn = 0; turn < 5; turn++) {
      const answer = await fetch(`http://${BIND.host}:${server.port}/`);
      assertEquals(await answer.text(), "127.0.0.1 127.0.0.1");
      assert(server.open <= 3);
    }
    assert(await isEnded(silent[0]!), "the oldest made room");
    for (const connection of silent) connection.close();
    server.close();
    await server.finished;
  },
);

Deno.test(
  "BoundedServer ends a client that is slow to ask, or to read",
  ON_LOOPBACK,
  async () => {
    const large = "x".repeat(30_000_000);
    const server = new BoundedServer(
      BIND,
      () => () => new Response(large),
      { timeLimitMs: 100 },
    );
    const { port } = server;
    const slow = await Deno.connect({ hostname: BIND.host, port });
    await slow.write(new TextEncoder().encode("GET / HT"));
    assert(await isEnded(slow));
    const deaf = await Deno.connect({ hostname: BIND.host, port });
    await deaf.write(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
    for (let turn = 0; server.open > 0 && turn < 100; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assertEquals(server.open, 0);
    slow.close();
    deaf.close();
    server.close();
    await server.finished;
  },
);

Deno.test(
  "BoundedServer that closes gently lets an answer under way arrive",
  ON_LOOPBACK,
  async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    const { promise: may, resolve: letGo } = Promise.withResolvers<void>();
    const server = new BoundedServer(BIND, () => async () => {
      resolve();
      await may;
      return new Response("late", { status: 503 });
    });
    const answer = fetch(`http://${BIND.host}:${server.port}/`);
    await asked;
    server.closeGently();
    letGo();
    const response = await answer;
    assertEquals([response.status, await response.text()], [503, "late"]);
    await server.finished;
  },
);
