import { assertMatch } from "@std/assert";
import { CertificateAuthority } from "../apiserver/certificates.ts";
import {
  accessTo,
  ask,
  inline,
  startMirror,
  testSocket,
  withCertificate,
} from "./tls_support.ts";
import { TinyServer } from "./tiny_server.ts";

testSocket(
  "openTransport() says what to do about certificates that TLS refuses",
  async () => {
    await using mirror = await startMirror();
    const commonName = "kube-proxy";
    for (
      const [subject, message] of [
        [{ commonName, version: 1 }, /X\.509 version 1.*issue it as version 3/],
        [{ commonName, rsaBits: 1024 }, /key is not supported.*2048 bits/],
      ] as const
    ) {
      const pair = await mirror.authority.issue(subject);
      const said = await ask(accessTo(mirror, withCertificate(pair)));
      assertMatch(said, message);
    }
    const good = await mirror.authority.issue({ commonName, rsaBits: 2048 });
    assertMatch(await ask(accessTo(mirror, withCertificate(good))), /^200 /);
  },
);

testSocket(
  "openTransport() says that a server's certificate is X.509 version 1, weakly signed, or out of date",
  async () => {
    const authority = await CertificateAuthority.create();
    const names = ["127.0.0.1"];
    const untilMs = Date.now() - 60_000;
    const fromMs = Date.now() + 3_600_000;
    for (
      const [subject, message] of [
        [{ version: 1 }, /X\.509 version 1.*issue it as version 3/],
        [{ hash: "SHA-1" }, /signed in a way that is not safe.*SHA-256/],
        [{ untilMs }, /certificate has expired, or this node's clock/],
        [{ fromMs }, /certificate is not valid yet: this node's clock/],
      ] as const
    ) {
      const pair = await authority.issue({
        ...{ commonName: "kube-apiserver", names },
        ...subject,
      });
      await using server = await TinyServer.start(pair);
      const said = await ask({
        server: server.url,
        authorities: inline(authority.pair.cert),
        skipTlsVerify: false,
        user: {},
      });
      assertMatch(said, message);
    }
  },
);
