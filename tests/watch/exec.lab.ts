/**
 * Credentials by a command (`exec` of a kubeconfig), over TLS. It starts
 * processes, which the unit tests may not.
 *
 * @module
 */
import { assertEquals, assertMatch } from "@std/assert";
import { openTransport } from "../../mod/watch/api_transport.ts";
import { parseKubeconfig } from "../../mod/watch/kubeconfig.ts";
import { type Mirror, startMirror, textOf } from "./tls_support.ts";

/** A kubeconfig in a folder whose user is what a script there prints. */
async function openByScript(
  { server, authority }: Mirror,
  folder: string,
  script: string,
) {
  await Deno.writeTextFile(`${folder}/ca.crt`, authority.pair.cert);
  await Deno.writeTextFile(`${folder}/plugin`, `#!/bin/sh\n${script}\n`);
  await Deno.chmod(`${folder}/plugin`, 0o755);
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1",
    command: "./plugin",
    args: ["--cluster", "a"],
    env: [{ name: "FOLDER", value: folder }],
    interactiveMode: "Never",
    provideClusterInfo: true,
  };
  const text = JSON.stringify({
    "current-context": "a",
    contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
    clusters: [{
      name: "a",
      cluster: { server: server.url, "certificate-authority": "ca.crt" },
    }],
    users: [{ name: "a", user: { exec } }],
  });
  return await openTransport(parseKubeconfig(text, { path: `${folder}/k` }));
}

function testScript(
  name: string,
  body: (mirror: Mirror, folder: string) => Promise<void>,
): void {
  Deno.test(name, async () => {
    await using mirror = await startMirror();
    const folder = await Deno.makeTempDir({ dir: "/tmp" });
    try {
      await body(mirror, folder);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

/** Counts its runs and prints a token that has the number in it. */
function tokens(status = ""): string {
  return `echo >>"$FOLDER/count"
printf '{"apiVersion":"client.authentication.k8s.io/v1",'
printf '"kind":"ExecCredential","status":{${status}"token":"t%s-%s-%s"}}' \\
  "$1" "$2" "$(wc -l <"$FOLDER/count")"`;
}

async function ask(
  transport: Awaited<ReturnType<typeof openByScript>>,
): Promise<string> {
  const { signal } = new AbortController();
  const { status, body } = await transport.send({ path: "/" }, signal);
  const text = await textOf(body);
  return status === 200 ? JSON.parse(text).authorization : `${status}`;
}

testScript(
  "an exec plug-in's token is used, kept, and asked for again after 401",
  async (mirror, folder) => {
    const transport = await openByScript(mirror, folder, tokens());
    assertEquals(await ask(transport), "Bearer t--cluster-a-1");
    assertEquals(await ask(transport), "Bearer t--cluster-a-1");
    mirror.server.script((_, response) => {
      response.writeHead(401).end();
    }, ({ headers }, response) => {
      response.end(JSON.stringify({ authorization: headers.authorization }));
    });
    assertEquals(await ask(transport), "401");
    assertEquals(await ask(transport), "Bearer t--cluster-a-2");
    transport.close();
  },
);

testScript(
  "an exec plug-in's token that has expired is asked for again",
  async (mirror, folder) => {
    const status = '"expirationTimestamp":"2001-01-01T00:00:00Z",';
    const transport = await openByScript(mirror, folder, tokens(status));
    assertEquals(await ask(transport), "Bearer t--cluster-a-1");
    assertEquals(await ask(transport), "Bearer t--cluster-a-2");
    transport.close();
  },
);

testScript(
  "an exec plug-in's client certificate is shown, and it is told of the cluster",
  async (mirror, folder) => {
    const { cert, key } = await mirror.authority.issue({ commonName: "me" });
    await Deno.writeTextFile(
      `${folder}/credential`,
      JSON.stringify({
        apiVersion: "client.authentication.k8s.io/v1",
        kind: "ExecCredential",
        status: { clientCertificateData: cert, clientKeyData: key },
      }),
    );
    const script = `printf %s "$KUBERNETES_EXEC_INFO" >"$FOLDER/info"
cat "$FOLDER/credential"`;
    const transport = await openByScript(mirror, folder, script);
    const { signal } = new AbortController();
    const { body } = await transport.send({ path: "/" }, signal);
    assertEquals(JSON.parse(await textOf(body)).clientName, "me");
    const info = JSON.parse(await Deno.readTextFile(`${folder}/info`));
    assertEquals(info.spec.cluster.server, mirror.server.url);
    transport.close();
  },
);

testScript(
  "an exec plug-in that fails is named with its first line, and tried again",
  async (mirror, folder) => {
    const script = `[ -e "$FOLDER/ok" ] || {
  echo 'log in first' >&2; echo more >&2; exit 1; }
${tokens()}`;
    const transport = await openByScript(mirror, folder, script);
    const failed = await ask(transport).catch((error: Error) => error.message);
    assertMatch(failed, /^Cannot get a credential by exec: log in first$/);
    await Deno.writeTextFile(`${folder}/ok`, "");
    assertEquals(await ask(transport), "Bearer t--cluster-a-1");
    transport.close();
  },
);
