import { assertEquals } from "@std/assert";
import { parse } from "yaml";
import { lacks, LOOPBACK, SCRATCH } from "../support/permission.ts";
import { at, type Json, listOf, textOf } from "./json.ts";
import { readArguments, serve } from "./serve.ts";

const PURE = { permissions: "none" } as const;
const ignore = lacks("the stand-in as a program", LOOPBACK, SCRATCH);

function decoded(user: Json | undefined, field: string): string {
  return atob(textOf(at(user, field)));
}

/** Asks for the services as the kubeconfig of a file says. */
async function askWith(file: string): Promise<readonly [number, Json]> {
  const config: Json = parse(await Deno.readTextFile(file));
  const cluster = at(listOf(at(config, "clusters"))[0], "cluster");
  const user = at(listOf(at(config, "users"))[0], "user");
  const token = textOf(at(user, "token"));
  using client = Deno.createHttpClient({
    caCerts: [decoded(cluster, "certificate-authority-data")],
    ...(token === ""
      ? {
        cert: decoded(user, "client-certificate-data"),
        key: decoded(user, "client-key-data"),
      }
      : {}),
  });
  const path = `${textOf(at(cluster, "server"))}/api/v1/services`;
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(
    path,
    token === "" ? { client } : { client, headers },
  );
  return [response.status, await response.json()];
}

Deno.test("serve() writes kubeconfigs with which clients are let in", {
  ignore,
}, async () => {
  const dir = await Deno.makeTempDir();
  const objects = `${dir}/objects.yaml`;
  await Deno.writeTextFile(
    objects,
    [
      "{kind: Service, apiVersion: v1, metadata: {name: web}, spec: {ports: [{port: 80}]}}",
      "---",
      "{kind: Node, apiVersion: v1, metadata: {name: node-1}}",
    ].join("\n"),
  );
  const args = readArguments([
    "--listen=127.0.0.1:0",
    `--dir=${dir}`,
    "--client=system:kube-proxy/system:node-proxier",
    `--objects=${objects}`,
  ]);
  if (args === undefined) throw new TypeError("arguments");
  await using server = await serve(args);
  for (
    const name of [
      "kubeconfig",
      "token.kubeconfig",
      "system-kube-proxy.kubeconfig",
    ]
  ) {
    const [code, body] = await askWith(`${dir}/${name}`);
    const names = listOf(at(body, "items"))
      .map((item) => at(item, "metadata", "name"));
    assertEquals([code, ...names], [200, "kubernetes", "web"]);
  }
  assertEquals(server.store.list("Node").length, 1);
  await Deno.remove(dir, { recursive: true });
});

Deno.test("serve() --plain needs no credential", { ignore }, async () => {
  const args = readArguments(["--plain", "--listen=127.0.0.1:0"]);
  if (args === undefined) throw new TypeError("arguments");
  await using server = await serve(args);
  const response = await fetch(`${server.url}/api/v1/namespaces`);
  const body: Json = await response.json();
  assertEquals(listOf(at(body, "items")).length, 4);
});

Deno.test("readArguments() reads addresses of both families", PURE, () => {
  const listen = (text: string) => {
    const { hostname, port } = readArguments([`--listen=${text}`]) ?? {};
    return [hostname, port];
  };
  assertEquals(listen("127.0.0.1:6443"), ["127.0.0.1", 6443]);
  assertEquals(listen("[::1]:0"), ["::1", 0]);
  assertEquals(listen(":8080"), ["0.0.0.0", 8080]);
});

Deno.test.each([["--listen=here"], ["--help"], ["extra"]])(
  "readArguments() refuses %s",
  PURE,
  (text) => {
    assertEquals(readArguments([text]), undefined);
  },
);
