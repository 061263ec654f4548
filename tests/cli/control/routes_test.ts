import { assert, assertEquals, assertRejects } from "@std/assert";
import type {
  DiffReport,
  TrafficReport,
} from "../../../mod/cli/control/types.ts";
import type {
  NodeReport,
  ServiceReport,
  ServiceSummary,
} from "../../../mod/observe/report/types.ts";
import { controlledNode } from "./support.ts";

const NOTHING = { permissions: "none" } as const;
const WEB = "-t 10.96.0.1:80";

async function serving() {
  const controlled = await controlledNode();
  controlled.node.put("web");
  controlled.node.endpoints("web", ["10.244.1.1", "10.244.1.2"]);
  await controlled.node.advance(1_000);
  return controlled;
}

Deno.test("GET status and services give the reports", NOTHING, async () => {
  const { node, client } = await serving();
  const status = await client.get<NodeReport>("/v1/status");
  assertEquals([status.nodeName, status.counts.services], ["node-1", 1]);
  const services = await client.get<ServiceSummary[]>("/v1/services");
  assertEquals(services.map(({ name, state }) => `${name} ${state}`), [
    "default/web served",
  ]);
  node.host.ipvs.setConnections(WEB, "10.244.1.2:8080", { active: 9 });
  const [now] = await client.get<ServiceSummary[]>("/v1/services");
  assertEquals(now?.connections, 9);
  node.host.ipvs.supported = false;
  const known = await client.get<NodeReport>("/v1/status");
  assertEquals(known.states, { served: 1 });
  node.host.ipvs.supported = true;
  await node.stop();
});

Deno.test(
  "GET services/NS/NAME lists afresh, with traffic",
  NOTHING,
  async () => {
    const { node, client } = await serving();
    node.host.ipvs.edit(`-e ${WEB} -r 10.244.1.1:8080 -m -w 7`);
    node.host.ipvs.setConnections(WEB, "10.244.1.2:8080", { active: 9 });
    const real = node.host.ipvs.table.get(WEB)?.realServers.get(
      "10.244.1.2:8080",
    );
    if (real !== undefined) real.traffic = [1, 2, 3, 4, 5];
    node.takeCalls();
    const report = await client.get<ServiceReport>("/v1/services/default/web");
    assertEquals(node.takeCalls(), [
      `ipvsadm -Ln --exact ${WEB}`,
      `ipvsadm -Ln --stats --exact ${WEB}`,
      `ipvsadm -Ln --rate --exact ${WEB}`,
    ]);
    const server = report.frontendList[0]?.virtualServers[0];
    assertEquals(server?.differences, [
      "10.244.1.1:8080 has weight 7, wanted 1",
    ]);
    assertEquals([report.connections, server?.totals?.bytesOut], [9, 5]);
    await assertRejects(
      () => client.get("/v1/services/default/nope"),
      Error,
      "There is no Service default/nope",
    );
    await node.stop();
  },
);

Deno.test(
  "GET diff is empty after a pass, and tells damage",
  NOTHING,
  async () => {
    const { node, client } = await serving();
    const equal = await client.get<DiffReport>("/v1/diff");
    assertEquals([equal.isReady, equal.lines, equal.changes], [true, [], 0]);
    node.host.ipvs.edit(`-d ${WEB} -r 10.244.1.2:8080`);
    node.host.ipvs.edit("-A -t 10.99.0.1:80 -s rr");
    node.host.ip.devices.delete("kube-ipvs0");
    const damaged = await client.get<DiffReport>("/v1/diff");
    assertEquals(damaged.lines.filter((line) => !line.startsWith("#")), [
      `-a ${WEB} -r 10.244.1.2:8080 -m -w 1`,
      "address replace 10.96.0.1/32 dev kube-ipvs0",
    ]);
    assertEquals([damaged.changes, damaged.foreign], [3, [
      "virtual server -t 10.99.0.1:80",
    ]]);
    await node.stop();
  },
);

Deno.test("GET traffic adds up by Service", NOTHING, async () => {
  const { node, client } = await serving();
  node.host.ipvs.setConnections(WEB, "10.244.1.2:8080", {
    active: 9,
    inactive: 1,
  });
  for (
    const real of node.host.ipvs.table.get(WEB)?.realServers.values() ?? []
  ) {
    real.traffic = [1, 2, 3, 4, 5];
  }
  const { services, isEstimating } = await client.get<TrafficReport>(
    "/v1/traffic",
  );
  assert(isEstimating);
  assertEquals(services, [{
    service: "default/web",
    active: 9,
    inactive: 1,
    realServers: 2,
    rates: {
      connections: 2,
      packetsIn: 4,
      packetsOut: 6,
      bytesIn: 8,
      bytesOut: 10,
    },
  }]);
  await node.stop();
});

Deno.test(
  "POST drain and undrain, and what is no target",
  NOTHING,
  async () => {
    const { node, client } = await serving();
    await client.post("/v1/drain", { target: "10.244.1.2", limitMs: 60_000 });
    await node.advance(1_000);
    assert(node.ipvs().includes("10.244.1.2:8080 -m -w 0"));
    assertEquals(await client.post("/v1/undrain", { target: "10.244.1.2" }), {
      ended: true,
    });
    for (
      const body of [
        { target: "web", limitMs: 1_000 },
        { target: 7, limitMs: 1_000 },
        { target: "10.244.1.2", limitMs: 0 },
        { target: "10.244.1.2", limitMs: 86_400_001 },
        { target: "10.244.1.2" },
        null,
        [],
      ]
    ) {
      await assertRejects(
        () => client.post("/v1/drain", body),
        Error,
        "Cannot",
      );
    }
    await node.stop();
  },
);

Deno.test("POST audit repairs at once", NOTHING, async () => {
  const { node, client } = await serving();
  const before = node.ipvs();
  node.host.ipvs.edit(`-D ${WEB}`);
  await client.post("/v1/audit", {});
  await node.advance(100);
  assertEquals(node.ipvs(), before);
  await node.stop();
});

Deno.test("log level is read and changed, within bounds", NOTHING, async () => {
  const { node, client } = await controlledNode();
  assertEquals(await client.post("/v1/log-level", { verbosity: 4 }), {
    verbosity: 4,
  });
  assertEquals(await client.get("/v1/log-level"), { verbosity: 4 });
  await assertRejects(() => client.post("/v1/log-level", { verbosity: 11 }));
  assertEquals(await client.get("/v1/log"), ["a line"]);
  await node.stop();
});

Deno.test(
  "the handler answers what it does not know, and never throws",
  NOTHING,
  async () => {
    const { node, handle } = await controlledNode();
    const ask = async (path: string, init?: RequestInit): Promise<number> => {
      const response = await handle(
        new Request(`http://localhost${path}`, init),
      );
      assert(typeof (await response.json()).error === "string");
      assertEquals(response.headers.get("Connection"), "close");
      return response.status;
    };
    assertEquals(await ask("/"), 404);
    assertEquals(await ask("/v1/constructor"), 404);
    assertEquals(await ask("/v1/services/a/%E0%A4%A"), 500);
    assertEquals(await ask("/v1/drain"), 404);
    assertEquals(await ask("/v1/drain", { method: "POST", body: "{" }), 400);
    assertEquals(
      await ask("/v1/drain", { method: "POST", body: "x".repeat(70_000) }),
      413,
    );
    assertEquals(await ask("/v1/status", { method: "DELETE" }), 404);
    await node.stop();
  },
);

Deno.test("the handler answers eight requests at a time", NOTHING, async () => {
  const { node, handle } = await controlledNode();
  const request = (): Request => new Request("http://localhost/v1/diff");
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => handle(request())),
  );
  assertEquals(
    answers.map(({ status }) => status).sort(),
    [...Array(8).fill(200), 503, 503],
  );
  assertEquals((await handle(request())).status, 200);
  await node.stop();
});

Deno.test("settings are told without secrets", NOTHING, async () => {
  const { node, client } = await controlledNode();
  const settings = await client.get<Record<string, unknown>>("/v1/settings");
  assertEquals(settings.runDir, "/run/kube-proxy");
  assertEquals(settings.master, "https://[redacted]@192.0.2.1:6443");
  const { ipvs } = settings.values as Record<string, { syncPeriod: string }>;
  assertEquals(ipvs?.syncPeriod, "30s");
  await node.stop();
});
