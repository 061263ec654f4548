import { assertEquals, assertRejects } from "@std/assert";
import { LocalhostNodePorts } from "../../mod/cli/localhost_node_ports.ts";
import type { ServiceName } from "../../mod/model/mod.ts";
import type { Answer, ServicePlan } from "../../mod/plan/mod.ts";
import { lacks, LOOPBACK } from "../support/permission.ts";

const NAME = "default/web" as ServiceName;
const ON_LOOPBACK = {
  ignore: lacks("localhost node ports", LOOPBACK, {
    name: "net",
    host: "127.0.0.2",
  }),
} as const;

/** A plan with a node port on an address of the node; here of loopback. */
function planOf(
  port: number,
  { inside = "serve" as Answer, address = "127.0.0.2", protocol = "tcp" } = {},
): ServicePlan {
  return {
    frontends: [{ kind: "node-port", protocol, address, port, inside }],
  } as unknown as ServicePlan;
}

/** Answers each connection with what it got, once the client has ended. */
function echoServer(port: number): Deno.TcpListener {
  const listener = Deno.listen({ hostname: "127.0.0.2", port });
  (async () => {
    for await (const connection of listener) {
      echo(connection);
    }
  })();
  return listener;
}

/** Sends all back at once, and ends when the client has. */
async function echo(connection: Deno.TcpConn): Promise<void> {
  const bytes = new Uint8Array(100);
  for (;;) {
    const count = await connection.read(bytes).catch(() => null);
    if (count === null) return connection.close();
    await connection.write(bytes.subarray(0, count));
  }
}

async function ask(port: number): Promise<string> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode("hello"));
  await connection.closeWrite();
  return await new Response(connection.readable).text();
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 50));
}

Deno.test(
  "nodeport-localhost: a node port answers on 127.0.0.1 while it is served, and is refused at once otherwise",
  ON_LOOPBACK,
  async () => {
    let count = 0;
    const ports = new LocalhostNodePorts({ connected: () => count++ });
    const { planned } = ports.observer();
    const server = echoServer(0);
    const { port } = server.addr;
    await assertRejects(() => ask(port), Deno.errors.ConnectionRefused);
    planned(NAME, planOf(port));
    assertEquals(await ask(port), "hello");
    assertEquals(await ask(port), "hello");
    assertEquals(count, 2);
    planned(NAME, planOf(port, { inside: "refuse" }));
    await settle();
    await assertRejects(() => ask(port), Deno.errors.ConnectionRefused);
    planned(NAME, planOf(port));
    assertEquals(await ask(port), "hello");
    planned(NAME, undefined);
    await settle();
    await assertRejects(() => ask(port), Deno.errors.ConnectionRefused);
    ports.close();
    server.close();
  },
);

Deno.test(
  "a node port of localhost stays open when it passes from one Service to another, whichever is planned first",
  ON_LOOPBACK,
  async () => {
    const ports = new LocalhostNodePorts({ connected() {} });
    const { planned } = ports.observer();
    const other = "default/other" as ServiceName;
    const server = echoServer(0);
    const { port } = server.addr;
    planned(NAME, planOf(port));
    planned(other, planOf(port));
    planned(NAME, undefined);
    await settle();
    assertEquals(await ask(port), "hello");
    planned(other, undefined);
    planned(NAME, planOf(port));
    await settle();
    assertEquals(await ask(port), "hello");
    planned(NAME, undefined);
    await settle();
    await assertRejects(() => ask(port), Deno.errors.ConnectionRefused);
    ports.close();
    server.close();
  },
);

Deno.test(
  "a node port of localhost that another program holds is taken when it is free",
  ON_LOOPBACK,
  async () => {
    const ports = new LocalhostNodePorts({ connected() {}, retryMs: 20 });
    const server = echoServer(0);
    const { port } = server.addr;
    const other = Deno.listen({ hostname: "127.0.0.1", port });
    ports.observer().planned(NAME, planOf(port));
    await settle();
    other.close();
    await settle();
    assertEquals(await ask(port), "hello");
    ports.close();
    server.close();
  },
);

Deno.test(
  "connections go on when their port is served no more, and end with the program",
  ON_LOOPBACK,
  async () => {
    const ports = new LocalhostNodePorts({ connected() {} });
    const { planned } = ports.observer();
    const server = echoServer(0);
    const { port } = server.addr;
    planned(NAME, planOf(port));
    const client = await Deno.connect({ hostname: "127.0.0.1", port });
    const bytes = new Uint8Array(5);
    await client.write(new TextEncoder().encode("first"));
    await client.read(bytes);
    planned(NAME, undefined);
    await settle();
    await client.write(new TextEncoder().encode("again"));
    await client.read(bytes);
    assertEquals(new TextDecoder().decode(bytes), "again");
    ports.close();
    assertEquals(await client.read(bytes).catch(() => null), null);
    client.close();
    server.close();
  },
);

Deno.test(
  "UDP, SCTP and IPv6 node ports are not forwarded",
  ON_LOOPBACK,
  async () => {
    const ports = new LocalhostNodePorts({ connected() {} });
    const { planned } = ports.observer();
    const server = echoServer(0);
    const { port } = server.addr;
    for (
      const other of [{ protocol: "udp" }, { protocol: "sctp" }, {
        address: "::1",
      }]
    ) {
      planned(NAME, planOf(port, other));
      await settle();
      await assertRejects(() => ask(port), Deno.errors.ConnectionRefused);
    }
    ports.close();
    server.close();
  },
);

/** The next listener accepts nothing; settles when it was asked to. */
function breakNextListener(): Promise<void> {
  const { listen } = Deno;
  const { promise, resolve } = Promise.withResolvers<void>();
  Deno.listen = ((options: Deno.TcpListenOptions) => {
    Deno.listen = listen;
    const socket = listen(options);
    socket.accept = () => {
      resolve();
      return Promise.reject(new Error("Too many open files"));
    };
    return socket;
  }) as typeof Deno.listen;
  return promise;
}

Deno.test(
  "a node port on localhost is bound again after a connection that could not be accepted",
  ON_LOOPBACK,
  async () => {
    const server = echoServer(0);
    const { port } = server.addr;
    const broken = breakNextListener();
    const ports = new LocalhostNodePorts({ connected: () => {}, retryMs: 20 });
    ports.observer().planned(NAME, planOf(port));
    await broken;
    await new Promise((resolve) => setTimeout(resolve, 200));
    assertEquals(await ask(port), "hello");
    ports.close();
    server.close();
    await settle();
  },
);

Deno.test(
  "a node port on localhost that waits to be bound again can go",
  ON_LOOPBACK,
  async () => {
    const broken = breakNextListener();
    const ports = new LocalhostNodePorts({ connected: () => {} });
    const { planned } = ports.observer();
    planned(NAME, planOf(18_097));
    await broken;
    await settle();
    planned(NAME, undefined);
    ports.close();
    await settle();
  },
);
