import net from "node:net";

/** A proxy on loopback. */
export interface TestProxy extends AsyncDisposable {
  /** Its URL. */
  readonly url: string;
  /** The first line of each request, up to the port. */
  readonly asked: string[];
  /** Proxy-Authorization of each request; empty: none. */
  readonly authorizations: string[];
}

/**
 * Starts one that tunnels to what it is asked for, or to 127.0.0.1:`to`; or
 * answers with `refuse` as its status line.
 */
export async function startProxy(
  { refuse, to }: { readonly refuse?: string; readonly to?: number } = {},
): Promise<TestProxy> {
  const asked: string[] = [];
  const authorizations: string[] = [];
  const sockets = new Set<net.Socket>();
  const proxy = net.createServer((client) => {
    sockets.add(client);
    client.on("error", () => {});
    client.once("data", (head) => {
      const text = head.toString();
      const target = /^CONNECT ([^:]+):([0-9]+)/.exec(text);
      asked.push(target?.[0] ?? text);
      authorizations.push(
        /^Proxy-Authorization: (.*)\r$/mi.exec(text)?.[1] ?? "",
      );
      if (refuse !== undefined) {
        client.end(`HTTP/1.1 ${refuse}\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      const host = to === undefined ? target?.[1] : "127.0.0.1";
      const server = net.connect(to ?? Number(target?.[2]), host, () => {
        client.write("HTTP/1.1 200 Connection established\r\n\r\n");
        client.pipe(server).pipe(client);
      });
      sockets.add(server);
      server.on("error", () => {});
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { port } = proxy.address() as net.AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    authorizations,
    async [Symbol.asyncDispose](): Promise<void> {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
