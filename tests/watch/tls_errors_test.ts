import { assertEquals, assertMatch } from "@std/assert";
import { explainConnection } from "../../mod/watch/tls_errors.ts";

const PURE = { permissions: "none" } as const;

/** What the libraries really say (Deno 2.9), and what must be understood. */
const CASES: readonly {
  readonly said: string;
  readonly code?: string;
  readonly meaning: RegExp;
}[] = [
  {
    said: "invalid peer certificate: Other(OtherError(UnsupportedCertVersion))",
    meaning: /X\.509 version 1.*issue it as version 3/,
  },
  {
    said: "client error (Connect): invalid peer certificate: UnknownIssuer",
    meaning: /not from an authority.*certificate-authority/,
  },
  {
    said: "self-signed certificate in certificate chain",
    code: "SELF_SIGNED_CERT_IN_CHAIN",
    meaning: /not from an authority/,
  },
  {
    said: "invalid peer certificate: NotValidForName",
    meaning: /another name.*tls-server-name/,
  },
  {
    said: "invalid peer certificate: Expired",
    meaning: /expired.*clock/,
  },
  {
    said: "invalid peer certificate: NotValidYet",
    meaning: /not valid yet.*clock/,
  },
  {
    said: "invalid peer certificate: CaUsedAsEndEntity",
    meaning: /CA:FALSE/,
  },
  {
    said: "received fatal alert: CertificateRequired",
    meaning: /wants a client certificate/,
  },
  {
    said: "received fatal alert: CertificateExpired",
    meaning: /client certificate has expired; renew/,
  },
  {
    said: "received fatal alert: UnknownCA",
    meaning: /does not accept the client certificate/,
  },
  {
    said: "unexpected error: failed to parse private key as RSA, ECDSA, or " +
      "EdDSA",
    meaning: /client key is not supported.*2048/,
  },
  {
    said: "error:0A00018A:SSL routines::key too small",
    meaning: /client key is not supported.*2048/,
  },
  {
    said: "keys may not be consistent: KeyMismatch",
    meaning: /does not belong to the client certificate/,
  },
  {
    said: "No certificates found in certificate data",
    meaning: /no PEM/,
  },
  {
    said: "tcp connect error: Connection refused (os error 111)",
    meaning: /nothing listens/,
  },
  {
    said: "dns error: failed to lookup address information",
    meaning: /cannot be resolved/,
  },
  {
    said: "error reading a body from connection",
    meaning: /broke off/,
  },
  {
    said: 'Requires net access to "api:6443"',
    meaning: /--allow-net/,
  },
];

Deno.test.each(CASES)(
  "explainConnection() understands: $said",
  PURE,
  ({ said, code, meaning }) => {
    const inner = Object.assign(new Error(said), code ? { code } : {});
    const outer = new TypeError("fetch failed", { cause: inner });
    for (const error of [inner, outer]) {
      const text = explainConnection("https://api", error);
      assertMatch(text, /^Cannot reach the API server https:\/\/api: /);
      assertMatch(text, meaning);
    }
  },
);

Deno.test(
  "explainConnection() gives what it does not understand as it is",
  PURE,
  () => {
    assertEquals(
      explainConnection("https://api", new TypeError("moon")),
      "Cannot reach the API server https://api: TypeError moon",
    );
    assertEquals(
      explainConnection("https://api", "text"),
      "Cannot reach the API server https://api: text",
    );
  },
);
