import { assertEquals } from "@std/assert";
import type { ServerTraffic, Traffic } from "../../mod/apply/types.ts";
import type { ServiceName } from "../../mod/model/types.ts";
import {
  detailOf,
  MOST_ROWS,
  type PortLabels,
  portsOfServers,
  TrafficTotals,
} from "../../mod/observe/traffic_totals.ts";
import type { RealServerKey, VirtualServerKey } from "../../mod/plan/types.ts";
import { sampleFrontend } from "../diff/sample.ts";

const NOTHING = { permissions: "none" } as const;
const ONE = "-t 10.96.0.1:80" as VirtualServerKey;
const TWO = "-t 10.96.0.2:80" as VirtualServerKey;
const WEB: PortLabels = {
  namespace: "default",
  service: "web",
  port: "",
  protocol: "tcp",
};

function traffic(connections: number): Traffic {
  return {
    connections,
    packetsIn: 10 * connections,
    packetsOut: 20 * connections,
    bytesIn: 100 * connections,
    bytesOut: 200 * connections,
  };
}

function server(all: number, real: Record<string, number> = {}): ServerTraffic {
  return {
    all: traffic(all),
    realServers: new Map(
      Object.entries(real).map(([key, count]) =>
        [key as RealServerKey, traffic(count)] as const
      ),
    ),
  };
}

Deno.test(
  "no-ipvs-metrics: totals of a Service add up and never go back",
  NOTHING,
  () => {
    const totals = new TrafficTotals();
    const ports = new Map([[ONE, WEB], [TWO, WEB]]);
    const read = (one?: number, two?: number): number | undefined =>
      totals.take(
        new Map([
          ...one === undefined ? [] : [[ONE, server(one)] as const],
          ...two === undefined ? [] : [[TWO, server(two)] as const],
        ]),
        ports,
        "services",
      )[0]?.total.connections;
    assertEquals(read(5, 7), 12, "as the kernel has it");
    assertEquals(read(6, 9), 15);
    assertEquals(read(6), 15, "one virtual server is gone");
    assertEquals(read(6, 2), 17, "it was made anew");
    assertEquals(read(1, 2), 18, "the other one too, unseen");
  },
);

Deno.test(
  "no-ipvs-metrics: real servers are told where they are few",
  NOTHING,
  () => {
    const rows = new TrafficTotals().take(
      new Map([[ONE, server(5, { "10.0.0.1:80": 2, "10.0.0.2:80": 3 })]]),
      new Map([[ONE, WEB]]),
      "real-servers",
    );
    assertEquals(
      rows.map(({ labels, total }) => [
        "real_server" in labels ? labels.real_server : "",
        total.connections,
        total.bytesOut,
      ]),
      [["", 5, 1_000], ["10.0.0.1:80", 2, 400], ["10.0.0.2:80", 3, 600]],
    );
  },
);

Deno.test("no-ipvs-metrics: the number of rows is bounded", NOTHING, () => {
  const many = Array.from({ length: MOST_ROWS + 5 }, (_, at) => {
    const key = `-t 10.96.0.1:${at}` as VirtualServerKey;
    return [key, { ...WEB, service: `s${at}` }] as const;
  });
  const totals = new TrafficTotals();
  const table = new Map(many.map(([key]) => [key, server(1)] as const));
  assertEquals(totals.take(table, new Map(many), "services").length, MOST_ROWS);
  assertEquals(totals.omitted, 5);
});

Deno.test(
  "portsOfServers() leaves out what another Service has",
  NOTHING,
  () => {
    const frontends = [
      sampleFrontend({ servers: { "10.0.0.1": 1 } }),
      sampleFrontend({ address: "10.96.0.2", servers: { "10.0.0.1": 1 } }),
    ];
    const plan = {
      service: "default/web" as ServiceName,
      createdMs: 0,
      frontends,
      noLocalEndpoints: { internal: false, external: false },
      rejections: [],
    };
    const ports = portsOfServers([plan], (key) => key === ONE);
    assertEquals([...ports], [[ONE, WEB]]);
  },
);

for (
  const [mode, ports, realServers, detail] of [
    ["auto", 10, 100, "real-servers"],
    ["auto", 1_000, 50_000, "services"],
    ["auto", 20_000, 50_000, "none"],
    ["services", 20_000, 50_000, "services"],
    ["all", 20_000, 50_000, "real-servers"],
    ["off", 1, 1, "none"],
  ] as const
) {
  Deno.test(
    `detailOf() of ${mode} with ${ports} ports and ${realServers} real servers is ${detail}`,
    NOTHING,
    () => {
      assertEquals(detailOf(mode, { ports, realServers }), detail);
    },
  );
}
