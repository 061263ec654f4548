import { assert, assertEquals, assertRejects } from "@std/assert";
import { lacks, LOOPBACK } from "../support/permission.ts";
import { ApiStore } from "./api_store.ts";
import type { User } from "./auth.ts";
import { CertificateAuthority, type KeyPair } from "./certificates.ts";
import { at, type Json } from "./json.ts";
import unauthorized from "./recordings/error-401.json" with { type: "json" };
import forbidden from "./recordings/error-403-anonymous.json" with {
  type: "json",
};
import { ApiServer } from "./server.ts";

const ignore = lacks("the stand-in with TLS", LOOPBACK);
const SERVICES = "/api/v1/services";
const HOUR_MS = 3_600_000;

interface Secured extends AsyncDisposable {
  readonly ca: CertificateAuthority;
  readonly server: ApiServer;
  readonly tokens: Map<string, User>;
  readonly revoked: Set<string>;
}

async function secured(names: readonly string[] = ["127.0.0.1"]): Promise<
  Secured
> {
  const ca = await CertificateAuthority.create();
  const pair = await ca.issue({ commonName: "kube-apiserver", names });
  const tokens = new Map<string, User>();
  const revoked = new Set<string>();
  const server = await ApiServer.start({
    store: new ApiStore(),
    tls: { ...pair, ca: ca.pair.cert },
    auth: {
      tokens,
      revoked,
      mayDo: ({ user, verb }) => verb !== "list" || user.name !== "nobody",
    },
  });
  return {
    ca,
    server,
    tokens,
    revoked,
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

async function ask(
  { server, ca }: Secured,
  options: {
    readonly client?: KeyPair;
    readonly token?: string;
    readonly path?: string;
  } = {},
): Promise<readonly [number, Json]> {
  const { client: pair, token, path = SERVICES } = options;
  using client = Deno.createHttpClient({
    caCerts: [ca.pair.cert],
    ...(pair === undefined ? {} : pair),
  });
  const response = await fetch(`${server.url}${path}`, {
    client,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  const text = await response.text();
  return [response.status, text.startsWith("{") ? JSON.parse(text) : text];
}

Deno.test(
  "a client certificate of the CA lets its user in",
  { ignore },
  async () => {
    await using it = await secured();
    const client = await it.ca.issue({
      commonName: "system:kube-proxy",
      organizations: ["system:node-proxier"],
    });
    const [code, body] = await ask(it, { client });
    assertEquals([code, at(body, "kind")], [200, "ServiceList"]);
  },
);

Deno.test("a client may be known and yet not allowed", { ignore }, async () => {
  await using it = await secured();
  const client = await it.ca.issue({ commonName: "nobody" });
  const [code, body] = await ask(it, { client });
  assertEquals([code, at(body, "reason")], [403, "Forbidden"]);
  const path = `${SERVICES}?watch=1&timeoutSeconds=1`;
  assertEquals((await ask(it, { client, path }))[0], 200);
});

Deno.test(
  "a client without a credential is refused as recorded",
  { ignore },
  async () => {
    await using it = await secured();
    assertEquals(await ask(it), [403, { ...forbidden }]);
    assertEquals(await ask(it, { path: "/readyz" }), [200, "ok"]);
  },
);

Deno.test(
  "bearer tokens come and go while the server runs",
  { ignore },
  async () => {
    await using it = await secured();
    const refused = [401, { ...unauthorized }] as const;
    assertEquals(await ask(it, { token: "t1" }), refused);
    it.tokens.set("t1", { name: "admin", groups: [] });
    assertEquals((await ask(it, { token: "t1" }))[0], 200);
    it.tokens.delete("t1");
    assertEquals(await ask(it, { token: "t1" }), refused);
  },
);

Deno.test(
  "expired, revoked and foreign certificates are refused",
  { ignore },
  async () => {
    await using it = await secured();
    const other = await CertificateAuthority.create("other");
    const foreign = await other.issue({ commonName: "admin" });
    const expired = await it.ca.issue({
      commonName: "admin",
      fromMs: Date.now() - 2 * HOUR_MS,
      untilMs: Date.now() - HOUR_MS,
    });
    assertEquals((await ask(it, { client: foreign }))[0], 401);
    assertEquals((await ask(it, { client: expired }))[0], 401);
    const client = await it.ca.issue({ commonName: "admin" });
    assertEquals((await ask(it, { client }))[0], 200);
    it.revoked.add("admin");
    assertEquals((await ask(it, { client }))[0], 401);
  },
);

Deno.test(
  "a server whose certificate names another is not trusted",
  { ignore },
  async () => {
    await using it = await secured(["api.example.com", "10.0.0.1", "::1"]);
    await assertRejects(() => ask(it), TypeError);
  },
);

Deno.test("certificates of the far future are written with four digits", {
  permissions: "none",
}, async () => {
  const ca = await CertificateAuthority.create();
  const year = (untilMs: number) =>
    ca.issue({ commonName: "x", untilMs }).then(({ cert }) => {
      const base64 = cert.replaceAll(/-----.*-----|\s/g, "");
      return atob(base64);
    });
  assert((await year(Date.UTC(2049, 1, 1))).includes("\x17\x0d490201000000Z"));
  assert(
    (await year(Date.UTC(2051, 1, 1))).includes("\x18\x0f20510201000000Z"),
  );
});
