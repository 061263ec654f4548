/**
 * What a test of the installation does on its node, in few words.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { exec, type Output, Running } from "../../guest/process.ts";
import type { LabConfig } from "../../protocol.ts";

/** The release folders are served here, inside the guest. */
export const MIRROR = "http://127.0.0.1:8000";
const API = "http://127.0.0.1:8001";
/** Address and port of the Service. */
export const SERVICE = { hostname: "10.96.0.80", port: 80 };
const POD = "10.244.1.2";

/** Runs a line of shell. */
export async function shell(line: string, seconds = 60): Promise<Output> {
  return await exec(undefined, ["sh", "-c", line], {
    timeoutMs: seconds * 1000,
  });
}

/**
 * Runs a line of shell and gives what it printed.
 *
 * @throws {Error} when it fails
 */
export async function must(line: string, seconds = 60): Promise<string> {
  const { code, stdout, stderr } = await shell(line, seconds);
  assertEquals(code, 0, `${line}: ${stdout}${stderr}`);
  return stdout.trim();
}

/** Installs as the README says, from the mirror. */
export async function install(
  release: string,
  options = "",
): Promise<Output> {
  const url = `${MIRROR}/${release}`;
  return await shell(
    // A guest on a busy machine is many times slower than a node.
    `wget -qO- ${url}/install.sh | KUBE_PROXY_WAIT=300 sh -s -- --base-url=${url} ${options} 2>&1`,
    600,
  );
}

/** One property of the service. */
export async function property(name: string): Promise<string> {
  return await must(`systemctl show -p ${name} --value kube-proxy`);
}

/** Serves the folder of the releases, as a mirror does. */
export function serveMirror(folder: string): Deno.HttpServer {
  return Deno.serve({
    hostname: "127.0.0.1",
    port: 8000,
    onListen: () => {},
  }, async (request) => {
    const path = `${folder}${new URL(request.url).pathname}`;
    const file = await Deno.open(path).catch(() => undefined);
    return file === undefined
      ? new Response("none", { status: 404 })
      : new Response(file.readable);
  });
}

/** Starts the API server, without credentials, and its kubeconfig. */
export async function startApi(config: LabConfig): Promise<Running> {
  const program = config.bundles["apiserver"] ?? "";
  const server = new Running(undefined, [
    ...["/lab/bin/deno", "run", "--quiet", "-A", "--no-config", "--no-lock"],
    ...[program, "--plain", "--listen", "127.0.0.1:8001"],
  ]);
  await server.waitFor(/^ready /);
  return server;
}

/** Writes what an administrator writes before installing. */
export async function configure(): Promise<void> {
  await Deno.mkdir("/etc/kubernetes", { recursive: true });
  await Deno.writeTextFile(
    "/etc/kubernetes/kube-proxy.conf",
    JSON.stringify({
      "current-context": "a",
      contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
      clusters: [{ name: "a", cluster: { server: API } }],
      users: [{ name: "a", user: {} }],
    }),
    { mode: 0o600 },
  );
  await Deno.writeTextFile(
    "/etc/default/kube-proxy",
    "KUBE_PROXY_ARGS=--hostname-override=node-1 --cluster-cidr=10.244.0.0/16\n",
  );
}

async function post(path: string, object: unknown): Promise<void> {
  const response = await fetch(API + path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(object),
  });
  const said = await response.text();
  if (!response.ok) throw new Error(`Cannot make ${path}: ${said}`);
}

/** Makes the node and a Service with one endpoint. */
export async function makeObjects(): Promise<void> {
  await post("/api/v1/nodes", {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "node-1" },
    status: { addresses: [{ type: "InternalIP", address: "10.244.1.1" }] },
  });
  await post("/api/v1/namespaces/default/services", {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web" },
    spec: { clusterIP: SERVICE.hostname, ports: [{ port: 80 }] },
  });
  await post("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: "web-1",
      labels: { "kubernetes.io/service-name": "web" },
    },
    addressType: "IPv4",
    ports: [{ name: "", protocol: "TCP", port: 8080 }],
    endpoints: [{ addresses: [POD], conditions: { ready: true } }],
  });
}

const POD_PROGRAM = `for await (const one of Deno.listen({ port: 8080 })) {
  one.write(new TextEncoder().encode("pod")).catch(() => {})
    .finally(() => one.close());
}`;

/** A pod in a network of its own, behind a veth pair. */
export async function startPod(): Promise<Running> {
  await must(
    "ip netns add pod && ip link add pod0 type veth peer name eth0 netns pod " +
      "&& ip addr add 10.244.1.1/24 dev pod0 && ip link set pod0 up && " +
      `ip -n pod addr add ${POD}/24 dev eth0 && ip -n pod link set eth0 up && ` +
      "ip -n pod link set lo up && ip -n pod route add default via 10.244.1.1",
  );
  return new Running(undefined, [
    ...["nsenter", "--net=/run/netns/pod", "/lab/bin/deno", "eval"],
    POD_PROGRAM,
  ]);
}

/** One new connection to the Service; gives what answered. */
export async function dial(): Promise<string> {
  const connection = await Deno.connect(SERVICE);
  const timer = setTimeout(() => connection.close(), 3_000);
  try {
    const buffer = new Uint8Array(16);
    const count = await connection.read(buffer) ?? 0;
    return new TextDecoder().decode(buffer.subarray(0, count));
  } finally {
    clearTimeout(timer);
    try {
      connection.close();
    } catch {
      // Its time was over.
    }
  }
}

/** New connections without a pause, until it is stopped. */
export class Load {
  /** Connections that were answered. */
  answered = 0;
  /** What went wrong. */
  readonly failures: string[] = [];
  #isOn = true;
  readonly #running: Promise<void>;

  /** Starts at once. */
  constructor() {
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    while (this.#isOn) {
      try {
        assertEquals(await dial(), "pod");
        this.answered++;
      } catch (error) {
        this.failures.push(String(error).slice(0, 200));
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Ends it, and waits for the last connection. */
  async stop(): Promise<void> {
    this.#isOn = false;
    await this.#running;
  }
}
