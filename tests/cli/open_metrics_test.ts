import { assert, assertEquals } from "@std/assert";
import { createHost, MeasuredRunner } from "../../mod/apply/mod.ts";
import { openMetrics } from "../../mod/cli/open_metrics.ts";
import { ClusterModel } from "../../mod/model/cluster.ts";
import { snapshotOf } from "../observe/support.ts";
import { FakeHost } from "../support/fake_host.ts";
import { settingsOf } from "./support.ts";

const NOTHING = { permissions: "none" } as const;

function inputOf(...args: string[]) {
  const settings = settingsOf(...args);
  const fake = new FakeHost();
  const runner = new MeasuredRunner(fake, () => 0);
  return {
    fake,
    input: {
      settings,
      agent: {
        snapshot: () => snapshotOf(),
        plans: new Map(),
        inspect: () => undefined,
      },
      host: createHost(runner, "legacy"),
      runner,
      healthCheckPorts: () => ({ open: 0, failed: 0 }),
      view: {
        settings,
        nodeName: "node-1",
        model: new ClusterModel({ nodeName: "node-1" }),
        families: new Set(["ipv4"] as const),
        randomFully: true,
        markOf: () => 1,
      },
    },
  };
}

Deno.test(
  "openMetrics() loads nothing where metrics are served nowhere",
  NOTHING,
  async () => {
    const { input } = inputOf("--metrics-bind-address=");
    assertEquals(await openMetrics(input), undefined);
    assertEquals(input.runner.told, undefined);
  },
);

Deno.test(
  "no-ipvs-metrics: a scrape asks the kernel once, and what it ran shows in the next",
  NOTHING,
  async () => {
    const { input, fake } = inputOf();
    const metrics = await openMetrics(input);
    await input.host.ipSets.restore({ add: [], delete: [] });
    const { text } = await metrics?.text() ?? { text: "" };
    assert(text.includes("kubeproxy_ipvs_services 4\n"), text);
    assert(
      /kubeproxy_ipvs_rules\{ip_family="IPv4",table="nat"\} \d+/.test(text),
    );
    const listings = fake.calls.filter(({ argv }) => argv.includes("--stats"));
    assertEquals(listings.length, 1);
  },
);

Deno.test(
  "no-ipvs-metrics: absent where the kernel does not estimate",
  NOTHING,
  async () => {
    const { input, fake } = inputOf();
    fake.sysctl.values.set("net.ipv4.vs.run_estimation", "0");
    await (await openMetrics(input))?.text();
    assertEquals(fake.calls.filter(({ argv }) => argv.includes("--stats")), []);
  },
);
