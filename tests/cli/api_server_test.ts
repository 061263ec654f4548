import { assert, assertEquals, assertMatch } from "@std/assert";
import { run } from "../../mod/cli/run.ts";
import type { Machine } from "../../mod/cli/run.ts";
import { setUpLogs } from "../../mod/observe/log_setup.ts";
import { CertificateAuthority } from "../apiserver/certificates.ts";
import { ApiServer, seedCluster } from "../apiserver/mod.ts";
import { service, slice } from "../apiserver/support.ts";
import { lacks, LOOPBACK, SCRATCH } from "../support/permission.ts";
import { FakeNode, machineOf, settingsOf } from "./support.ts";

const USER = { name: "system:kube-proxy", groups: ["system:nodes"] };
/** The Service by which pods reach the API server: ours to make. */
const VIP = "10.96.0.1";

/** A node, a TLS server that knows tokens, a folder, and what was logged. */
interface Stage {
  readonly server: ApiServer;
  readonly tokens: Map<string, typeof USER>;
  readonly node: FakeNode;
  readonly directory: string;
  readonly logged: string[];
  /** Runs the program by a kubeconfig with a token file. */
  start(env?: Readonly<Record<string, string>>): AsyncDisposable;
}

function testStage(name: string, body: (stage: Stage) => Promise<void>): void {
  const env = { name: "env", variable: "LOG_TOKENS" } as const;
  Deno.test({
    name,
    ignore: lacks(name, LOOPBACK, SCRATCH, env),
    fn: async () => {
      const logged: string[] = [];
      setUpLogs({
        format: "text",
        verbosity: 0,
        write: (line) => logged.push(line),
      });
      const directory = await Deno.makeTempDir({ dir: "/tmp" });
      const tokens = new Map([["one", USER]]);
      const server = await startServer(tokens, directory);
      const node = new FakeNode();
      const start = (env = {}) => startAgent({ node, directory, env });
      try {
        await body({ server, tokens, node, directory, logged, start });
        node.host.assertUnderstood();
      } finally {
        await server.stop();
        await Deno.remove(directory, { recursive: true });
      }
    },
  });
}

async function startServer(
  tokens: Map<string, typeof USER>,
  directory: string,
): Promise<ApiServer> {
  const authority = await CertificateAuthority.create();
  const pair = await authority.issue({
    commonName: "kube-apiserver",
    names: ["127.0.0.1"],
  });
  const ca = authority.pair.cert;
  const server = await ApiServer.start({
    tls: { ...pair, ca },
    auth: { tokens },
  });
  seedCluster(server.store, { address: "192.0.2.1" });
  server.store.create("Node", { metadata: { name: "node-1" } });
  server.store.create("Service", service("web"));
  server.store.create("EndpointSlice", slice("web", ["10.32.0.15"]));
  await Deno.writeTextFile(`${directory}/ca.crt`, ca);
  await Deno.writeTextFile(`${directory}/token`, "one");
  await Deno.writeTextFile(
    `${directory}/kubeconfig`,
    JSON.stringify({
      "current-context": "a",
      contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
      clusters: [{
        name: "a",
        cluster: { server: server.url, "certificate-authority": "ca.crt" },
      }],
      users: [{ name: "a", user: { tokenFile: "token" } }],
    }),
  );
  return server;
}

function startAgent({ node, directory, env }: {
  readonly node: FakeNode;
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
}): AsyncDisposable {
  const stop = new AbortController();
  const machine: Machine = {
    ...machineOf(node, stop.signal),
    readFile: (path) => Deno.readTextFile(path),
    env: (name) => env[name],
  };
  const settings = settingsOf(
    `--run-dir=${directory}/run`,
    "--ipvs-min-sync-period=0s",
    "--healthz-bind-address=",
    "--metrics-bind-address=",
    ...(env.KUBERNETES_SERVICE_HOST === undefined || env.KUBECONFIG
      ? [`--kubeconfig=${directory}/kubeconfig`]
      : []),
  );
  const running = run(settings, machine);
  return {
    async [Symbol.asyncDispose](): Promise<void> {
      stop.abort();
      await running;
    },
  };
}

/** Real servers of all virtual servers, one text. */
function served({ host }: FakeNode): string {
  return host.dump().match(/-r \S+/g)?.join(" ") ?? "";
}

testStage(
  "run() says plainly that the token is revoked, keeps the data path, and goes on with a new one",
  async ({ server, tokens, node, directory, logged, start }) => {
    await using _ = start();
    await until(() => served(node).includes("10.32.0.15:8080"));
    const before = node.host.dump();
    tokens.delete("one");
    server.sever();
    await until(() => /does not accept the credential/.test(logged.join()));
    assertMatch(logged.join("\n"), /renew the token.*trying again/);
    server.store.apply("EndpointSlice", slice("web", ["10.32.0.16"]));
    await new Promise((resolve) => setTimeout(resolve, 300));
    assertEquals(node.host.dump(), before, "the data path stays");
    tokens.set("two", USER);
    await Deno.writeTextFile(`${directory}/token`, "two");
    await until(() => served(node).includes("10.32.0.16:8080"));
    assert(!logged.join().includes("Bearer"), "no credential is logged");
  },
);

testStage(
  "run() boots with empty tables: the API server is asked by its own address, before anything is made",
  async ({ server, node, start }) => {
    const made: number[] = [];
    const look = () => made.push(node.host.ipvs.table.size);
    const handle = server.counts.set.bind(server.counts);
    server.counts.set = (key, count) => {
      look();
      return handle(key, count);
    };
    // As in a pod, whose environment names the Service that is not there yet.
    await using _ = start({
      KUBERNETES_SERVICE_HOST: VIP,
      KUBERNETES_SERVICE_PORT: "443",
      KUBECONFIG: "yes",
    });
    await until(() => served(node).includes("10.32.0.15:8080"));
    assertEquals(made.slice(0, 4), [0, 0, 0, 0], "lists of four kinds");
  },
);

testStage(
  "run() by its own Service alone warns, keeps trying, and touches no virtual server",
  async ({ node, logged, start }) => {
    const foreign = "-A -t 192.0.2.7:80 -s rr";
    node.host.ipvs.edit(foreign);
    const address = freeAddress();
    await using _ = start({
      KUBERNETES_SERVICE_HOST: "127.0.0.1",
      KUBERNETES_SERVICE_PORT: address.slice(address.indexOf(":") + 1),
    });
    await until(() => /after a reboot it is out of reach/.test(logged.join()));
    await until(() =>
      logged.filter((line) => /cannot follow at present/.test(line)).length > 2
    );
    assertEquals(node.host.ipvs.dump(), `${foreign}\n`);
  },
);

async function until(condition: () => boolean): Promise<void> {
  const endMs = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error("Cannot go on: timed out");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Address of a port that was free a moment ago. */
function freeAddress(): string {
  using socket = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `127.0.0.1:${socket.addr.port}`;
}
