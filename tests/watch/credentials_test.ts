import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { UserAccess } from "../../mod/watch/access.ts";
import { Credentials } from "../../mod/watch/credentials.ts";
import { TransportError } from "../../mod/watch/transport.ts";
import { lacks, SCRATCH } from "../support/permission.ts";

const PURE = { permissions: "none" } as const;

function credentials(user: UserAccess): Credentials {
  return new Credentials({ server: "https://api", skipTlsVerify: false, user });
}

Deno.test(
  "Credentials gives token, basic and impersonation headers",
  PURE,
  async () => {
    assertEquals((await credentials({ token: "t" }).current()).headers, {
      Authorization: "Bearer t",
    });
    const basic = { username: "n", password: "p" };
    const impersonate = "system:kube-proxy";
    const current = await credentials({ basic, impersonate }).current();
    assertEquals(current.headers, {
      Authorization: "Basic bjpw",
      "Impersonate-User": "system:kube-proxy",
    });
  },
);

Deno.test("Credentials gives inline certificate and key", PURE, async () => {
  const certificate = { kind: "inline", pem: "C" } as const;
  const key = { kind: "inline", pem: "K" } as const;
  assertEquals(await credentials({ certificate, key }).current(), {
    certificate: "C",
    key: "K",
    headers: {},
  });
});

function testFiles(name: string, body: (path: string) => Promise<void>): void {
  Deno.test({
    name,
    ignore: lacks(name, SCRATCH),
    fn: async () => {
      const directory = await Deno.makeTempDir();
      try {
        await body(directory);
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    },
  });
}

testFiles(
  "Credentials reads a rotated token and a renewed certificate anew",
  async (directory) => {
    const tokenFile = `${directory}/token`;
    const pem = { kind: "file", path: `${directory}/pem` } as const;
    await Deno.writeTextFile(tokenFile, "first\n");
    await Deno.writeTextFile(pem.path, "PEM 1");
    const given = credentials({ tokenFile, certificate: pem, key: pem });
    assertEquals((await given.current()).headers.Authorization, "Bearer first");
    await Deno.writeTextFile(tokenFile, "second");
    await Deno.writeTextFile(pem.path, "PEM 2");
    assertEquals(await given.current(), {
      certificate: "PEM 2",
      key: "PEM 2",
      headers: { Authorization: "Bearer second" },
    });
  },
);

testFiles(
  "Credentials names a file that is missing or empty",
  async (directory) => {
    const tokenFile = `${directory}/token`;
    const given = credentials({ tokenFile });
    const missing = await assertRejects(() => given.current(), TransportError);
    assertMatch(missing.message, /read the token from .*token: no such file/);
    await Deno.writeTextFile(tokenFile, "\n");
    const empty = await assertRejects(() => given.current(), TransportError);
    assertMatch(empty.message, /token is empty$/);
  },
);

const OIDC = "Credentials takes the token of OIDC from the library";
Deno.test({
  name: OIDC,
  ignore: lacks(OIDC, { name: "env" }, { name: "read", path: "./" }),
  fn: async () => {
    const payload = btoa(JSON.stringify({ exp: 9999999999 }));
    const idToken = `${btoa("{}")}.${payload}.x`.replaceAll("=", "");
    const config = { "id-token": idToken };
    const user = { name: "u", authProvider: { name: "oidc", config } };
    const given = credentials({ plugin: { kind: "oidc", user } });
    const { headers } = await given.current();
    assertEquals(headers, { Authorization: `Bearer ${idToken}` });
  },
});
