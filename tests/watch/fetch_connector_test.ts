import { assert, assertEquals, assertMatch } from "@std/assert";
import http2 from "node:http2";
import type net from "node:net";
import { openTransport } from "../../mod/watch/api_transport.ts";
import { FetchConnector } from "../../mod/watch/fetch_connector.ts";
import { CertificateAuthority } from "../apiserver/certificates.ts";
import { lacks, SCRATCH } from "../support/permission.ts";
import { startProxy } from "./proxy_support.ts";
import {
  accessTo,
  ask,
  inline,
  startMirror,
  testSocket,
  textOf,
} from "./tls_support.ts";

testSocket(
  "FetchConnector carries watches that start together over one HTTP/2 connection",
  async () => {
    const authority = await CertificateAuthority.create();
    const pair = await authority.issue({
      commonName: "a",
      names: ["127.0.0.1"],
    });
    const server = http2.createSecureServer({ ...pair, allowHTTP1: true });
    let sessions = 0;
    server.on("session", () => sessions++);
    server.on("stream", (stream) => {
      stream.respond({ ":status": 200 });
      stream.end("line\n");
    });
    await new Promise<void>((resolve) =>
      server.listen(0, "127.0.0.1", resolve)
    );
    const { port } = server.address() as net.AddressInfo;
    const transport = await openTransport({
      server: `https://127.0.0.1:${port}`,
      authorities: inline(authority.pair.cert),
      skipTlsVerify: false,
      user: {},
    });
    const { signal } = new AbortController();
    const texts = await Promise.all(
      ["/1", "/2", "/3", "/4"].map(async (path) => {
        const { body } = await transport.send({ path }, signal);
        return await textOf(body);
      }),
    );
    assertEquals(texts, ["line\n", "line\n", "line\n", "line\n"]);
    assertEquals(sessions, 1);
    transport.close();
    await new Promise((resolve) => server.close(resolve));
  },
);

testSocket("FetchConnector goes through a proxy", async () => {
  await using mirror = await startMirror();
  await using proxy = await startProxy();
  assertMatch(
    await ask(accessTo(mirror, { proxyUrl: proxy.url })),
    /^200 /,
  );
  assertEquals(proxy.asked, [`CONNECT ${new URL(mirror.server.url).host}`]);
});

testSocket(
  "FetchConnector opens a new connection after reset, and lets the old one end",
  async () => {
    await using mirror = await startMirror();
    const connector = new FetchConnector();
    const credential = { authorities: mirror.authority.pair.cert, headers: {} };
    const request = {
      url: mirror.server.url,
      method: "GET",
      headers: {},
      signal: new AbortController().signal,
    };
    const first = await connector.send(request, credential);
    connector.reset();
    const second = await connector.send(request, credential);
    for (const { body } of [first, second]) {
      assert((await textOf(body)).startsWith("{"));
    }
    connector.close();
  },
);

const RENEWED =
  "FetchConnector uses a client certificate that was renewed on disk";
Deno.test({
  name: RENEWED,
  ignore: lacks(RENEWED, SCRATCH, { name: "net", host: "127.0.0.1" }),
  fn: async () => {
    await using mirror = await startMirror();
    const path = await Deno.makeTempFile();
    const pem = { kind: "file", path } as const;
    const access = accessTo(mirror, { user: { certificate: pem, key: pem } });
    const transport = await openTransport(access);
    const { signal } = new AbortController();
    const names: string[] = [];
    for (const commonName of ["first", "second"]) {
      const { cert, key } = await mirror.authority.issue({ commonName });
      await Deno.writeTextFile(path, `${cert}${key}`);
      const { body } = await transport.send({ path: "/" }, signal);
      names.push(JSON.parse(await textOf(body)).clientName);
    }
    assertEquals(names, ["first", "second"]);
    transport.close();
    await Deno.remove(path);
  },
});
