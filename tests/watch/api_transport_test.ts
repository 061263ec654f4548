import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { KubeconfigError } from "../../mod/watch/access.ts";
import { openTransport } from "../../mod/watch/api_transport.ts";
import { TransportError } from "../../mod/watch/transport.ts";
import {
  accessTo,
  ask,
  inline,
  startMirror,
  testSocket,
  textOf,
  withCertificate,
} from "./tls_support.ts";
import { CertificateAuthority } from "../apiserver/certificates.ts";

testSocket(
  "openTransport() shows a client certificate and a token",
  async () => {
    await using mirror = await startMirror();
    const pair = await mirror.authority.issue({ commonName: "kube-proxy" });
    const { user } = withCertificate(pair);
    const seen = await ask(
      accessTo(mirror, { user: { ...user, token: "secret" } }),
    );
    assertMatch(seen, /^200 /);
    const { clientName, authorization, accept } = JSON.parse(seen.slice(4));
    assertEquals(
      [clientName, authorization, accept],
      ["kube-proxy", "Bearer secret", "application/json"],
    );
  },
);

testSocket("openTransport() sends a body and reads Retry-After", async () => {
  await using mirror = await startMirror();
  const transport = await openTransport(accessTo(mirror));
  const { status, retryAfterSeconds, body } = await transport.send({
    method: "POST",
    path: "/apis/x",
    body: '{"a":1}',
  }, new AbortController().signal);
  const seen = JSON.parse(await textOf(body));
  assertEquals([status, retryAfterSeconds], [200, 3]);
  assertEquals([seen.method, seen.body], ["POST", '{"a":1}']);
  const [request] = mirror.server.requests;
  assertEquals(request?.headers["content-type"], "application/json");
  transport.close();
});

testSocket("openTransport() says what is wrong with certificates", async () => {
  await using mirror = await startMirror();
  const other = await CertificateAuthority.create("other");
  const pair = await mirror.authority.issue({ commonName: "kube-proxy" });
  const strange = await other.issue({ commonName: "kube-proxy" });
  const cases = [
    [{ authorities: inline(other.pair.cert) }, /not from an authority/],
    [
      withCertificate({ cert: pair.cert, key: strange.key }),
      /does not belong to the client certificate/,
    ],
    [withCertificate({ cert: "x", key: pair.key }), /is no PEM text/],
    [{ tlsServerName: "elsewhere" }, /for another name/],
    [
      { server: mirror.server.url.replace("https", "http") },
      /is the URL https/,
    ],
  ] as const;
  for (const [more, message] of cases) {
    assertMatch(await ask(accessTo(mirror, more)), message);
  }
});

testSocket(
  "openTransport() reaches a server by tls-server-name, or unchecked",
  async () => {
    await using mirror = await startMirror();
    const named = accessTo(mirror, { tlsServerName: "kubernetes" });
    assertMatch(await ask(named), /^200 /);
    const { authorities: _, ...unknown } = accessTo(mirror);
    assertMatch(await ask(unknown), /not from an authority/);
    assertMatch(await ask({ ...unknown, skipTlsVerify: true }), /^200 /);
  },
);

testSocket("openTransport() says that the answer broke off", async () => {
  await using mirror = await startMirror();
  mirror.server.script((_, response) => {
    response.write("begun");
    setTimeout(() => response.destroy(), 20);
  });
  assertMatch(await ask(accessTo(mirror)), /the connection broke off$/);
});

testSocket(
  "openTransport() ends a request by its signal, before and within the body",
  async () => {
    await using mirror = await startMirror();
    mirror.server.script(() => {}, (_, response) => {
      response.write("begun");
    });
    const transport = await openTransport(accessTo(mirror));
    const before = new AbortController();
    setTimeout(() => before.abort(), 30);
    await assertRejects(
      () => transport.send({ path: "/" }, before.signal),
      TransportError,
    );
    const within = new AbortController();
    const { body } = await transport.send({ path: "/" }, within.signal);
    setTimeout(() => within.abort(), 30);
    await assertRejects(() => textOf(body), TransportError);
    transport.close();
  },
);

Deno.test(
  "openTransport() refuses a proxy by TLS with what only node:tls can do",
  {
    permissions: "none",
  },
  async () => {
    const access = {
      server: "https://api",
      proxyUrl: "https://proxy",
      skipTlsVerify: true,
      user: {},
    };
    await assertRejects(() => openTransport(access), KubeconfigError);
  },
);
