import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { TransportError } from "../../mod/watch/transport.ts";
import { openTunnel } from "../../mod/watch/tunnel.ts";
import { startProxy } from "./proxy_support.ts";
import { accessTo, ask, startMirror, testSocket } from "./tls_support.ts";

testSocket(
  "openTransport() goes through a proxy with tls-server-name, and unchecked",
  async () => {
    await using mirror = await startMirror();
    const to = Number(new URL(mirror.server.url).port);
    await using proxy = await startProxy({ to });
    // Nobody but the proxy knows that name.
    const server = "https://api.invalid:6443";
    const withUser = proxy.url.replace("//", "//name:p%40ss@");
    for (
      const more of [
        { server, tlsServerName: "kubernetes", proxyUrl: proxy.url },
        { server, skipTlsVerify: true, proxyUrl: withUser },
      ]
    ) assertMatch(await ask(accessTo(mirror, more)), /^200 /);
    const asked = "CONNECT api.invalid:6443";
    assertEquals(proxy.asked, [asked, asked]);
    assertEquals(proxy.authorizations, ["", `Basic ${btoa("name:p@ss")}`]);
    const wrong = { tlsServerName: "elsewhere", proxyUrl: proxy.url };
    assertMatch(await ask(accessTo(mirror, wrong)), /for another name/);
  },
);

testSocket("openTunnel() says what a proxy refuses", async () => {
  const { signal } = new AbortController();
  for (
    const [answer, message] of [
      ["407 Proxy Authentication Required", /wants a name and password/],
      ["403 Forbidden", /it answered HTTP 403$/],
    ] as const
  ) {
    await using proxy = await startProxy({ refuse: answer });
    const { message: said } = await assertRejects(
      () => openTunnel(proxy.url.replace("//", "//n:secret@"), "api:1", signal),
      TransportError,
    );
    assertMatch(said, /^Cannot go through the proxy http:\/\/127\.0\.0\.1/);
    assertMatch(said, message);
    assert(!said.includes("secret"));
  }
});
