import { assert, assertEquals, assertMatch } from "@std/assert";
import { openTransport } from "../../mod/watch/api_transport.ts";
import { parseKubeconfig } from "../../mod/watch/kubeconfig.ts";
import {
  endpointSliceSpec,
  nodeSpec,
  serviceCidrSpec,
  serviceSpec,
} from "../../mod/watch/resources.ts";
import { CertificateAuthority } from "../apiserver/certificates.ts";
import { kubeconfig } from "../apiserver/kubeconfig.ts";
import {
  ApiServer,
  type ApiServerOptions,
  type Fault,
  seedCluster,
} from "../apiserver/mod.ts";
import { lacks, LOOPBACK } from "../support/permission.ts";
import { Following, HurriedClock } from "./socket_support.ts";
import { decodeThing } from "./step_support.ts";

const SPEC = serviceSpec(decodeThing);
const LABEL = "service.kubernetes.io/service-proxy-name";

/** A stand-in API server over TLS, and a transport by client certificate. */
async function start(options: Partial<ApiServerOptions> = {}) {
  const authority = await CertificateAuthority.create();
  const pair = await authority.issue({
    commonName: "kube-apiserver",
    names: ["127.0.0.1"],
  });
  const client = await authority.issue({
    commonName: "system:kube-proxy",
    organizations: ["system:nodes"],
  });
  const ca = authority.pair.cert;
  const server = await ApiServer.start({ tls: { ...pair, ca }, ...options });
  seedCluster(server.store);
  const text = kubeconfig({ server: server.url, ca, client });
  const transport = await openTransport(parseKubeconfig(text, { path: "k" }));
  const cluster = {
    server,
    transport,
    async [Symbol.asyncDispose](): Promise<void> {
      transport.close();
      await server.stop();
    },
  };
  return cluster;
}

function service(name: string, labels: Record<string, string> = {}) {
  return {
    metadata: { namespace: "default", name, labels },
    spec: { ports: [{ port: 80 }] },
  };
}

function testSocket(name: string, body: () => Promise<void>): void {
  Deno.test({ name, ignore: lacks(name, LOOPBACK), fn: body });
}

testSocket(
  "follow() lists and watches over TLS by client certificate",
  async () => {
    await using cluster = await start();
    const { store } = cluster.server;
    await using following = new Following(SPEC, cluster.transport);
    await following.until("the list", ({ told }) => told.includes("synced"));
    assertEquals([...following.objects.keys()], ["default/kubernetes"]);
    store.create("Service", service("web"));
    await following.until("web", ({ objects }) => objects.has("default/web"));
    store.apply("Service", service("web", { [LABEL]: "" }));
    await following.until(
      "web hidden by its label",
      ({ objects }) => !objects.has("default/web"),
    );
    store.apply("Service", service("web", {}));
    store.create("Service", {
      metadata: { namespace: "default", name: "headless" },
      spec: { clusterIP: "None" },
    });
    await following.until("web again", ({ objects }) => objects.size === 2);
    store.delete("Service", "default/web");
    await following.until("web deleted", ({ objects }) => objects.size === 1);
    assertEquals(following.told, ["synced"]);
    assertEquals(following.failures, []);
  },
);

const FAULTS: readonly {
  readonly name: string;
  readonly fault: Fault;
  readonly options?: Partial<ApiServerOptions>;
}[] = [
  { name: "429", fault: { fault: "status", code: 429, retryAfterSeconds: 1 } },
  { name: "500", fault: { fault: "status", code: 500, count: 3 } },
  { name: "a cut", fault: { fault: "drop", count: 3 } },
  { name: "no answer", fault: { fault: "stall" } },
  { name: "410", fault: { fault: "gone" } },
  { name: "a cut in the watch", fault: { fault: "watch-drop", count: 2 } },
  { name: "half a line", fault: { fault: "watch-truncate" } },
  { name: "garbage", fault: { fault: "watch-garbage", line: "}{" } },
  { name: "silence", fault: { fault: "watch-silence" } },
  { name: "410 in the watch", fault: { fault: "watch-gone" } },
];

for (const { name, fault } of FAULTS) {
  for (const streamingLists of [true, false]) {
    const lists = streamingLists ? "streaming lists" : "pages";
    testSocket(`follow() comes through ${name}, with ${lists}`, async () => {
      await using cluster = await start({ streamingLists });
      const { server, transport } = cluster;
      const clock = new HurriedClock(300);
      await using following = new Following(SPEC, transport, clock);
      await following.until("the list", ({ told }) => told.includes("synced"));
      const isRunning = fault.fault.startsWith("watch-");
      server.faults.add(fault);
      server.store.create("Service", service("one"));
      if (!isRunning) server.sever();
      server.store.create("Service", service("two"));
      server.store.delete("Service", "default/one");
      await following.until(
        "the server's objects",
        ({ objects }) =>
          [...objects.keys()].sort().join() ===
            "default/kubernetes,default/two",
      );
      assertEquals(server.faults.pending, []);
    });
  }
}

testSocket(
  "follow() comes through a restart of the server that forgot its history",
  async () => {
    await using cluster = await start();
    const { server, transport } = cluster;
    const clock = new HurriedClock(100);
    await using following = new Following(SPEC, transport, clock);
    await following.until("the list", ({ told }) => told.includes("synced"));
    server.store.create("Service", service("one"));
    await following.until("one", ({ objects }) => objects.size === 2);
    await server.stop();
    server.store.delete("Service", "default/one");
    server.store.create("Service", service("two"));
    server.store.compact();
    await following.until(
      "the outage",
      ({ told }) => told.some((text) => text.startsWith("desynced")),
    );
    assertMatch(following.told.join(), /connection refused/);
    assert(following.objects.has("default/one"), "the last state stands");
    await server.listen();
    await following.until(
      "the server's objects",
      ({ objects, told }) =>
        objects.has("default/two") && !objects.has("default/one") &&
        told.at(-1) === "synced",
    );
  },
);

testSocket(
  "follow() takes a server without ServiceCIDRs for one that has none",
  async () => {
    await using cluster = await start();
    const { server, transport } = cluster;
    server.faults.add({ fault: "status", code: 404, path: "servicecidrs" });
    await using following = new Following(
      serviceCidrSpec(decodeThing),
      transport,
    );
    await following.until("synced", ({ told }) => told.includes("synced"));
    assertEquals(following.objects.size, 0);
  },
);

testSocket(
  "follow() sees the own Node only, and slices but those of headless Services",
  async () => {
    await using cluster = await start();
    const { server: { store }, transport } = cluster;
    for (const name of ["node-1", "node-2"]) {
      store.create("Node", { metadata: { name } });
    }
    for (const name of ["web-1", "db-1"]) {
      const labels: Record<string, string> = {
        "kubernetes.io/service-name": name,
      };
      if (name === "db-1") labels["service.kubernetes.io/headless"] = "";
      store.create("EndpointSlice", {
        metadata: { namespace: "default", name, labels },
        addressType: "IPv4",
        endpoints: [],
        ports: [],
      });
    }
    await using nodes = new Following(
      nodeSpec("node-1", decodeThing),
      transport,
    );
    await using slices = new Following(
      endpointSliceSpec(decodeThing),
      transport,
    );
    for (const following of [nodes, slices]) {
      await following.until("synced", ({ told }) => told.includes("synced"));
    }
    assertEquals([...nodes.objects.keys()], ["node-1"]);
    assertEquals([...slices.objects.keys()], ["default/web-1"]);
  },
);

testSocket(
  "follow() says plainly that a credential is revoked, and recovers",
  async () => {
    const revoked = new Set<string>();
    await using cluster = await start({ auth: { revoked } });
    const { server, transport } = cluster;
    const clock = new HurriedClock(100);
    await using following = new Following(SPEC, transport, clock);
    await following.until("the list", ({ told }) => told.includes("synced"));
    revoked.add("system:kube-proxy");
    server.sever();
    await following.until("the refusal", ({ told }) => told.length > 1);
    assertMatch(
      `${following.told[1]}`,
      /does not accept the credential.*renew/,
    );
    revoked.clear();
    await following.until("synced", ({ told }) => told.at(-1) === "synced");
  },
);
