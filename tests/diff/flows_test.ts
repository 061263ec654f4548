import { assertEquals } from "@std/assert";
import { type IpvsOperation, staleFlows } from "../../mod/diff/mod.ts";
import type { IpAddress } from "../../mod/model/mod.ts";
import type { RealServerKey, VirtualServerKey } from "../../mod/plan/mod.ts";

const REAL = "10.0.0.1:5353" as RealServerKey;
const FRONTEND = { address: "10.96.0.9" as IpAddress, port: 53 };

function deleteServer(key: string): IpvsOperation {
  return {
    verb: "delete-server",
    key: key as VirtualServerKey,
    realServerKey: REAL,
  };
}

const CASES: readonly {
  readonly name: string;
  readonly operation: IpvsOperation;
  readonly flows: number;
}[] = [
  { name: "UDP", operation: deleteServer("-u 10.96.0.9:53"), flows: 1 },
  {
    name: "SCTP",
    operation: deleteServer("--sctp-service 10.96.0.9:53"),
    flows: 1,
  },
  { name: "TCP", operation: deleteServer("-t 10.96.0.9:53"), flows: 0 },
  { name: "a mark of UDP", operation: deleteServer("-f 7"), flows: 1 },
  { name: "an unknown mark", operation: deleteServer("-f 8"), flows: 0 },
  {
    name: "another weight",
    operation: {
      verb: "edit-server",
      key: "-u 10.96.0.9:53" as VirtualServerKey,
      realServer: { key: REAL, weight: 0 },
    },
    flows: 0,
  },
];

for (const { name, operation, flows } of CASES) {
  Deno.test({
    name: `staleFlows() finds ${flows} for ${name}`,
    permissions: "none",
    fn: () => {
      const found = staleFlows(
        [operation, operation],
        (key) =>
          key === "-f 7" as VirtualServerKey
            ? { protocol: "udp", ...FRONTEND }
            : undefined,
      );
      assertEquals(found.length, flows);
      for (const flow of found) {
        assertEquals(flow, {
          protocol: name === "SCTP" ? "sctp" : "udp",
          ...FRONTEND,
          realServer: REAL,
        });
      }
    },
  });
}

Deno.test({
  name: "staleFlows() takes all flows of a virtual server that goes",
  permissions: "none",
  fn: () => {
    const key = "-u 10.96.0.9:53" as VirtualServerKey;
    const found = staleFlows(
      [{ verb: "delete-service", key }],
      () => undefined,
    );
    assertEquals(found, [{ protocol: "udp", ...FRONTEND }]);
  },
});

Deno.test({
  name: "udp-blackhole: staleFlows() takes of one that comes what its own " +
    "address answers",
  permissions: "none",
  fn: () => {
    const found = ["-u 10.96.0.9:53", "-t 10.96.0.9:53", "-f 7"].map((key) =>
      staleFlows(
        [{
          verb: "add-service",
          server: {
            key: key as VirtualServerKey,
            scheduler: "rr",
            schedulerFlags: [],
            realServers: new Map(),
          },
        }],
        () => ({ protocol: "sctp", ...FRONTEND }),
      )
    );
    const realServer = "10.96.0.9:53" as RealServerKey;
    assertEquals(found, [
      [{ protocol: "udp", ...FRONTEND, realServer }],
      [],
      [{ protocol: "sctp", ...FRONTEND, realServer }],
    ]);
  },
});
