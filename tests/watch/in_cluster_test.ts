import { assertEquals, assertMatch } from "@std/assert";
import { inClusterAccess } from "../../mod/watch/access.ts";
import { openTransport } from "../../mod/watch/api_transport.ts";
import { CertificateAuthority } from "../apiserver/certificates.ts";
import { lacks, LOOPBACK, SCRATCH } from "../support/permission.ts";
import { TinyServer } from "./tiny_server.ts";
import { textOf } from "./tls_support.ts";

const ROTATED =
  "inClusterAccess() goes on with a rotated token and a renewed authority, over TLS";

/** A server whose certificate is from this authority, and what it saw. */
async function startServer(
  authority: CertificateAuthority,
): Promise<TinyServer> {
  const names = ["127.0.0.1"];
  const server = await TinyServer.start(
    await authority.issue({ commonName: "kube-apiserver", names }),
  );
  server.script(({ headers }, response) => {
    response.end(headers.authorization ?? "nobody");
  });
  return server;
}

Deno.test({
  name: ROTATED,
  ignore: lacks(ROTATED, LOOPBACK, SCRATCH),
  fn: async () => {
    const directory = await Deno.makeTempDir({ dir: "/tmp" });
    const write = async (authority: CertificateAuthority, token: string) => {
      const { cert } = authority.pair;
      await Deno.writeTextFile(`${directory}/ca.crt`, cert);
      await Deno.writeTextFile(`${directory}/token`, `${token}\n`);
    };
    const first = await CertificateAuthority.create("first");
    const second = await CertificateAuthority.create("second");
    await using server = await startServer(first);
    const { hostname: host, port } = new URL(server.url);
    await write(first, "one");
    const transport = await openTransport(
      inClusterAccess({ host, port, directory }),
    );
    const ask = async () => {
      const { signal } = new AbortController();
      const { body } = await transport.send({ path: "/" }, signal);
      return await textOf(body);
    };
    try {
      assertEquals(await ask(), "Bearer one");
      await write(first, "two");
      assertEquals(await ask(), "Bearer two");
      // The old authority is trusted as long as the pod has it, no longer.
      await write(second, "three");
      const refused = await ask().catch((error: Error) => error.message);
      assertMatch(refused, /not from an authority/);
      await write(first, "four");
      assertEquals(await ask(), "Bearer four");
    } finally {
      transport.close();
      await Deno.remove(directory, { recursive: true });
    }
  },
});
