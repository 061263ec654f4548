/**
 * A real client, kubectl, against the stand-in: what people do with Services
 * works. Debian has it in the package kubernetes-client.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { parseArgs } from "@std/cli";
import { at, type Json, listOf } from "./json.ts";
import type { ApiServer } from "./server.ts";
import { readArguments, serve } from "./serve.ts";

const SERVICE = `apiVersion: v1
kind: Service
metadata: {name: db, namespace: default, labels: {app: db}}
spec:
  clusterIP: 10.96.0.12
  selector: {app: db}
  ports: [{name: pg, port: 5432}, {name: metrics, port: 9187}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: db-1
  namespace: default
  labels: {kubernetes.io/service-name: db}
addressType: IPv4
ports: [{name: pg, port: 5432}]
endpoints:
- {addresses: [10.32.0.15], conditions: {ready: true}, nodeName: node-2}
`;

/** The program; another one than that on PATH after \`--kubectl\`. */
const KUBECTL = parseArgs(Deno.args, { string: ["kubectl"] }).kubectl ??
  "kubectl";

function isThere(): boolean {
  try {
    new Deno.Command(KUBECTL, {
      args: ["version", "--client"],
      stdout: "null",
      stderr: "null",
    }).outputSync();
    return true;
  } catch {
    // deno-lint-ignore no-console -- a skipped test prints its reason
    console.log(
      "ignored: kubectl: it is not there (apt-get install kubernetes-client)",
    );
    return false;
  }
}

interface Session {
  readonly server: ApiServer;
  readonly dir: string;
  /** Runs kubectl; fails with what it says when it fails. */
  run(args: readonly string[], input?: string): Promise<string>;
}

async function session(dir: string): Promise<Session> {
  const args = readArguments(["--listen=127.0.0.1:0", `--dir=${dir}`]);
  if (args === undefined) throw new TypeError("Cannot read arguments");
  const server = await serve(args);
  const run = async (args: readonly string[], input = ""): Promise<string> => {
    const child = new Deno.Command(KUBECTL, {
      args: [...args],
      env: { KUBECONFIG: `${dir}/kubeconfig`, HOME: dir },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
    const { code, stdout, stderr } = await child.output();
    const text = new TextDecoder().decode(stdout);
    const said = new TextDecoder().decode(stderr);
    assertEquals(code, 0, `kubectl ${args.join(" ")}: ${said}`);
    return text;
  };
  return { server, dir, run };
}

function ports(server: ApiServer): readonly Json[] {
  const service = server.store.get("Service", "default/db");
  return listOf(at(service, "spec", "ports"))
    .map((port) => at(port, "port") ?? null);
}

async function watched({ dir, run, server }: Session): Promise<void> {
  const child = new Deno.Command(KUBECTL, {
    args: ["get", "services", "--watch", "--output=name"],
    env: { KUBECONFIG: `${dir}/kubeconfig`, HOME: dir },
    stdout: "piped",
    stderr: "null",
  }).spawn();
  while (server.watchCount === 0) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await run(["label", "service", "db", "seen=yes"]);
  const names: string[] = [];
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    names.push(...text.trim().split("\n"));
    if (names.length >= 3) break;
  }
  child.kill();
  await child.status;
  assertEquals(names, ["service/db", "service/kubernetes", "service/db"]);
}

Deno.test("kubectl works against the stand-in", {
  ignore: !isThere(),
}, async (test) => {
  const dir = await Deno.makeTempDir();
  const it = await session(dir);
  const { run, server } = it;
  await test.step("apply makes objects", async () => {
    await run(["apply", "-f", "-"], SERVICE);
    assertEquals(ports(server), [5432, 9187]);
  });
  await test.step("get shows them as rows", async () => {
    const text = await run(["get", "services,endpointslices", "-o", "wide"]);
    assert(/service\/db +ClusterIP +10\.96\.0\.12 .*app=db/.test(text), text);
    assert(/db-1 +IPv4 +5432 +10\.32\.0\.15/.test(text), text);
  });
  await test.step("apply changes what has changed", async () => {
    await run(["apply", "-f", "-"], SERVICE.replace("9187", "9188"));
    assertEquals(ports(server), [5432, 9188]);
  });
  await test.step("patch takes its three kinds", async () => {
    const patch = ["patch", "service", "db"];
    const name = '[{"op":"replace","path":"/spec/ports/0/port","value":1}]';
    await run([...patch, "--type=json", "-p", name]);
    await run([...patch, "-p", '{"spec":{"type":"NodePort"}}']);
    const label = '{"metadata":{"labels":{"app":null}}}';
    await run([...patch, "--type=merge", "-p", label]);
    const service = server.store.get("Service", "default/db");
    assertEquals(at(service, "spec", "type"), "NodePort");
    assertEquals(at(service, "metadata", "labels"), undefined);
    assertEquals(ports(server), [1, 9188]);
  });
  await test.step("get --watch follows", () => watched(it));
  await test.step("selectors and pages", async () => {
    const names = await run([
      "get",
      "services",
      "--chunk-size=1",
      "--selector=!component",
      "-o",
      "name",
    ]);
    assertEquals(names, "service/db\n");
  });
  await test.step("replace, describe and delete", async () => {
    await run(["replace", "-f", "-"], SERVICE.replace("5432}", "5433}"));
    assertEquals(ports(server), [5433, 9187]);
    const text = await run(["describe", "service", "db"]);
    assert(text.includes("10.96.0.12"), text);
    await run(["delete", "-f", "-"], SERVICE);
    assertEquals(server.store.list("Service").length, 1);
  });
  await server.stop();
  await Deno.remove(dir, { recursive: true });
});
