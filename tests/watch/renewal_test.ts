import { assert, assertEquals } from "@std/assert";
import { openTransport } from "../../mod/watch/api_transport.ts";
import { serviceSpec } from "../../mod/watch/resources.ts";
import { CertificateAuthority } from "../apiserver/certificates.ts";
import { ApiServer, seedCluster } from "../apiserver/mod.ts";
import { service } from "../apiserver/support.ts";
import { lacks, LOOPBACK, SCRATCH } from "../support/permission.ts";
import { Following, HurriedClock } from "./socket_support.ts";
import { decodeThing } from "./step_support.ts";
import { inline } from "./tls_support.ts";

const NAME =
  "follow() goes on by a client certificate that was renewed on disk, without a list";

Deno.test({
  name: NAME,
  ignore: lacks(NAME, LOOPBACK, SCRATCH),
  fn: async () => {
    const authority = await CertificateAuthority.create();
    const pair = await authority.issue({
      commonName: "kube-apiserver",
      names: ["127.0.0.1"],
    });
    const ca = authority.pair.cert;
    const revoked = new Set<string>();
    await using server = await ApiServer.start({
      tls: { ...pair, ca },
      auth: { revoked },
    });
    seedCluster(server.store);
    const path = await Deno.makeTempFile({ dir: "/tmp" });
    const renew = async (commonName: string) => {
      const { cert, key } = await authority.issue({ commonName });
      await Deno.writeTextFile(path, `${cert}${key}`);
    };
    await renew("first");
    const pem = { kind: "file", path } as const;
    const transport = await openTransport({
      server: server.url,
      authorities: inline(ca),
      skipTlsVerify: false,
      user: { certificate: pem, key: pem },
    });
    const spec = serviceSpec(decodeThing);
    {
      const clock = new HurriedClock(50);
      await using following = new Following(spec, transport, clock);
      await following.until("the list", ({ told }) => told.includes("synced"));
      await renew("second");
      // The running watch is not cut by that.
      server.store.create("Service", service("one"));
      await following.until("one", ({ objects }) => objects.size === 2);
      revoked.add("first");
      server.sever();
      server.store.create("Service", service("two"));
      await following.until("two", ({ objects }) => objects.size === 3);
      assertEquals(following.told, ["synced"]);
      assert(following.failures.every(({ status }) => status === 0));
    }
    transport.close();
    await Deno.remove(path);
  },
});
