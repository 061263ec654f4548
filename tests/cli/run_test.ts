import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { PrerequisiteError, UsageError } from "../../mod/cli/exit_code.ts";
import { run } from "../../mod/cli/run.ts";
import { setUpLogs } from "../../mod/observe/log_setup.ts";
import { ApiServer, seedCluster } from "../apiserver/mod.ts";
import { service, slice } from "../apiserver/support.ts";
import { lacks, LOOPBACK, SCRATCH } from "../support/permission.ts";
import {
  FakeNode,
  freeAddress,
  machineOf,
  settingsOf,
  until,
} from "./support.ts";

const NOTHING = { permissions: "none" } as const;
const ON_LOOPBACK = {
  ignore: lacks("run()", LOOPBACK, SCRATCH, {
    name: "env",
    variable: "LOG_TOKENS",
  }),
};

/** A cluster with one Service that has two endpoints. */
async function startCluster(): Promise<ApiServer> {
  const server = await ApiServer.start();
  seedCluster(server.store, { address: "192.0.2.1" });
  const web = service("web");
  server.store.create("Service", {
    ...web,
    spec: { ...web.spec as object, clusterIP: "10.96.0.12" },
  });
  server.store.create(
    "EndpointSlice",
    slice("web", ["10.32.0.15", "10.32.1.7"]),
  );
  server.store.create("Node", {
    metadata: { name: "node-1" },
    status: { addresses: [{ type: "InternalIP", address: "192.0.2.11" }] },
  });
  return server;
}

async function withCluster(
  test: (server: ApiServer, runDir: string) => Promise<void>,
): Promise<void> {
  setUpLogs({ format: "text", verbosity: 0, write: () => {} });
  const runDir = await Deno.makeTempDir({ dir: "/tmp" });
  const server = await startCluster();
  try {
    await test(server, runDir);
  } finally {
    await server.stop();
    await Deno.remove(runDir, { recursive: true });
  }
}

const WEB = `-A -t 10.96.0.12:80 -s rr
-a -t 10.96.0.12:80 -r 10.32.0.15:8080 -m -w 1
-a -t 10.96.0.12:80 -r 10.32.1.7:8080 -m -w 1
`;

/** Its virtual server, real servers in order. */
function webOf(node: FakeNode): string {
  const lines = node.host.dump().split("\n");
  return lines.filter((line) => / -t 10\.96\.0\.12:80 /.test(line)).sort()
    .map((line) => `${line}\n`).join("");
}

Deno.test(
  "run() --once makes the kernel as the cluster says and ends",
  ON_LOOPBACK,
  async () => {
    await withCluster(async (server, runDir) => {
      const node = new FakeNode();
      const settings = settingsOf(
        `--master=${server.url}`,
        `--run-dir=${runDir}`,
        "--once",
      );
      assertEquals(await run(settings, machineOf(node)), 0);
      assertEquals(webOf(node), WEB);
      assertStringIncludes(node.host.dump(), "10.96.0.12");
      assertEquals(node.host.sysctl.values.get("net.ipv4.ip_forward"), "1");
      assertEquals(node.host.sysctl.values.get("net.ipv4.vs.conntrack"), "1");
      assert(node.host.modules.loaded.has("ip_vs_rr"));
      assert(node.commands.includes("ipvsadm --set 7800 0 120"));
      node.host.assertUnderstood();
    });
  },
);

Deno.test(
  "run() follows changes until it is told to end, and leaves the kernel",
  ON_LOOPBACK,
  async () => {
    await withCluster(async (server, runDir) => {
      const node = new FakeNode();
      const stop = new AbortController();
      const health = freeAddress();
      const metrics = freeAddress();
      const settings = settingsOf(
        `--master=${server.url}`,
        `--run-dir=${runDir}`,
        "--ipvs-min-sync-period=0s",
        `--healthz-bind-address=${health}`,
        `--metrics-bind-address=${metrics}`,
      );
      const running = run(settings, machineOf(node, stop.signal));
      await until(() => webOf(node) === WEB);
      server.store.apply("EndpointSlice", slice("web", ["10.32.0.15"]));
      await until(() => !webOf(node).includes("-r 10.32.1.7:8080 -m -w 1"));
      await until(async () => {
        const answer = await fetch(`http://${health}/healthz`);
        return answer.status === 200 && (await answer.json()).healthy;
      });
      const scrape = await (await fetch(`http://${metrics}/metrics`)).text();
      assertStringIncludes(scrape, "kubeproxy_ipvs_services 2\n");
      stop.abort();
      assertEquals(await running, 0);
      assertStringIncludes(webOf(node), "-r 10.32.0.15:8080 -m -w 1");
    });
  },
);

Deno.test(
  "externalip-is-node-ip: run() binds no address of another node",
  ON_LOOPBACK,
  async () => {
    await withCluster(async (server, runDir) => {
      server.store.create("Node", {
        metadata: { name: "node-2" },
        status: { addresses: [{ type: "InternalIP", address: "192.0.2.12" }] },
      });
      const web = server.store.get("Service", "default/web") ?? {};
      const externalIPs = ["192.0.2.12", "198.51.100.9"];
      server.store.apply("Service", {
        ...web,
        spec: { ...web.spec as object, externalIPs },
      });
      const node = new FakeNode();
      const settings = settingsOf(
        `--master=${server.url}`,
        `--run-dir=${runDir}`,
        "--once",
      );
      assertEquals(await run(settings, machineOf(node)), 0);
      const bound = node.host.dump().split("# ip\n")[1] ?? "";
      assertStringIncludes(bound, "198.51.100.9");
      assert(!bound.includes("192.0.2.12"), bound);
    });
  },
);

Deno.test("run() goes on when nothing is served", ON_LOOPBACK, async () => {
  await withCluster(async (server, runDir) => {
    const node = new FakeNode();
    const stop = new AbortController();
    const settings = settingsOf(
      `--master=${server.url}`,
      `--run-dir=${runDir}`,
      "--healthz-bind-address=",
      "--metrics-bind-address=",
    );
    const running = run(settings, machineOf(node, stop.signal));
    await until(() => webOf(node) === WEB);
    server.store.delete("Service", "default/web");
    await until(() => webOf(node) === "");
    stop.abort();
    assertEquals(await running, 0);
  });
});

Deno.test(
  "run() --dry-run prints what it would do and touches nothing",
  ON_LOOPBACK,
  async () => {
    await withCluster(async (server, runDir) => {
      const node = new FakeNode();
      const before = node.host.dump() + node.host.sysctl.dump();
      const machine = machineOf(node);
      const settings = settingsOf(
        `--master=${server.url}`,
        `--run-dir=${runDir}`,
        "--dry-run",
      );
      assertEquals(await run(settings, machine), 0);
      assertEquals(node.host.dump() + node.host.sysctl.dump(), before);
      assertEquals(await Array.fromAsync(Deno.readDir(runDir)), []);
      assert(machine.printed.includes("-A -t 10.96.0.12:80 -s rr"));
    });
  },
);

Deno.test(
  "silent-fallback: run() names every missing module and touches nothing",
  NOTHING,
  async () => {
    setUpLogs({ format: "text", verbosity: 0, write: () => {} });
    const node = new FakeNode();
    node.isBuiltIn = false;
    node.absent.add("ip_vs").add("ip_vs_rr").add("dummy");
    const before = node.host.dump() + node.host.sysctl.dump();
    const error = await assertRejects(
      () => run(settingsOf("--master=https://192.0.2.1"), machineOf(node)),
      PrerequisiteError,
    );
    assertEquals(error.lines.slice(0, 4), [
      "Cannot start: this node lacks what the proxy needs; nothing was changed",
      "fail  module ip_vs: needed for virtual servers; the kernel has none",
      "fail  module ip_vs_rr: needed for scheduler rr; the kernel has none",
      "fail  module dummy: needed for the device that carries the addresses " +
      "of Services; the kernel has none",
    ]);
    assertEquals(node.host.dump() + node.host.sysctl.dump(), before);
  },
);

Deno.test(
  "run() names every missing tool and its package",
  NOTHING,
  async () => {
    setUpLogs({ format: "text", verbosity: 0, write: () => {} });
    const node = new FakeNode();
    node.host.missing.add("ipvsadm").add("conntrack");
    const error = await assertRejects(
      () => run(settingsOf("--master=https://192.0.2.1"), machineOf(node)),
      PrerequisiteError,
    );
    assertStringIncludes(error.message, "install package ipvsadm");
    assertStringIncludes(error.message, "install package conntrack");
  },
);

Deno.test(
  "run() without a way to the API server is wrong usage",
  NOTHING,
  async () => {
    setUpLogs({ format: "text", verbosity: 0, write: () => {} });
    const node = new FakeNode();
    await assertRejects(() => run(settingsOf(), machineOf(node)), UsageError);
    assertEquals(node.commands, []);
  },
);

Deno.test(
  "run() starts again with the log format and level of a new file",
  ON_LOOPBACK,
  async () => {
    await withCluster(async (server, runDir) => {
      const stop = new AbortController();
      const lines: string[] = [];
      const write = (line: string): void => void lines.push(line);
      const logs = setUpLogs({ format: "text", verbosity: 0, write });
      const settings = (...more: string[]) =>
        settingsOf(
          `--master=${server.url}`,
          `--run-dir=${runDir}`,
          `--config=${runDir}/config.conf`,
          "--healthz-bind-address=",
          "--metrics-bind-address=",
          ...more,
        );
      const changed = Promise.withResolvers<void>();
      const machine = {
        ...machineOf(new FakeNode(), stop.signal),
        logs,
        async *changesIn() {
          yield await changed.promise;
        },
      };
      const ready = (): number =>
        lines.filter((line) => /ready: /.test(line)).length;
      const running = run(
        settings(),
        machine,
        () => Promise.resolve(settings("--logging-format=json", "-v=2")),
      );
      await until(() => ready() === 1);
      const before = lines.length;
      changed.resolve();
      await until(() => ready() === 2);
      stop.abort();
      assertEquals(await running, 0);
      const after = lines.slice(before).filter((line) => line.startsWith("{"));
      const messages = after.map((line) => JSON.parse(line).msg as string);
      assert(messages.some((text) => /ready: /.test(text)), lines.join("\n"));
      assertEquals(logs.verbosity, 2);
    });
  },
);
