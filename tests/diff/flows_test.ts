import { assertEquals } from "@std/assert";
import {
  flowsLeftBy,
  type FlowView,
  type IpvsOperation,
  parseServerKey,
  type StaleFlow,
  staleFlows,
} from "../../mod/diff/mod.ts";
import type { IpAddress } from "../../mod/model/mod.ts";
import type {
  RealServerKey,
  VirtualServer,
  VirtualServerKey,
} from "../../mod/plan/mod.ts";

const REAL = "10.0.0.1:5353" as RealServerKey;
const OTHER = "10.0.0.2:5353" as RealServerKey;
const FRONTEND = { address: "10.96.0.9" as IpAddress, port: 53 };
const UDP = { protocol: "udp", ...FRONTEND } as const;

function deleteServer(key: string): IpvsOperation {
  return {
    verb: "delete-server",
    key: key as VirtualServerKey,
    realServerKey: REAL,
  };
}

function addService(key: string): IpvsOperation {
  return { verb: "add-service", server: { key } as unknown as VirtualServer };
}

function deleteService(key: string): IpvsOperation {
  return { verb: "delete-service", key: key as VirtualServerKey };
}

/** Mark 7 is of the frontend; it has two real servers. */
function view(isServedOtherwise: boolean): FlowView {
  return {
    frontendOf: (key) =>
      parseServerKey(key) ?? (String(key) === "-f 7" ? UDP : undefined),
    realServersOf: () => [REAL, OTHER],
    isServedOtherwise: () => isServedOtherwise,
    wasTaken: (key) => key.endsWith(".8:53"),
  };
}

const ALONE = view(Boolean(0));
const BESIDE = view(Boolean(1));

const CASES: readonly {
  readonly name: string;
  readonly operations: readonly IpvsOperation[];
  readonly view?: FlowView;
  readonly flows: readonly StaleFlow[];
}[] = [
  {
    name: "a real server of UDP",
    operations: [deleteServer("-u 10.96.0.9:53")],
    flows: [{ ...UDP, realServer: REAL }],
  },
  {
    name: "a real server of SCTP",
    operations: [deleteServer("--sctp-service 10.96.0.9:53")],
    flows: [{ ...UDP, protocol: "sctp", realServer: REAL }],
  },
  {
    name: "a real server of TCP",
    operations: [deleteServer("-t 10.96.0.9:53")],
    flows: [],
  },
  {
    name: "a virtual server of TCP",
    operations: [deleteService("-t 10.96.0.9:53")],
    flows: [],
  },
  {
    name: "a real server by mark",
    operations: [deleteServer("-f 7")],
    flows: [{ ...UDP, realServer: REAL }],
  },
  {
    name: "a mark that nobody knows",
    operations: [deleteServer("-f 8"), deleteService("-f 8")],
    flows: [],
  },
  {
    name: "another weight",
    operations: [{
      verb: "edit-server",
      key: "-u 10.96.0.9:53" as VirtualServerKey,
      realServer: { key: REAL, weight: 0 },
    }],
    flows: [],
  },
  {
    name: "a virtual server that goes",
    operations: [deleteService("-u 10.96.0.9:53")],
    flows: [UDP],
  },
  {
    name: "a virtual server that comes, which lets live what it translated",
    operations: [addService("-u 10.96.0.9:53")],
    flows: [{ ...UDP, realServer: "10.96.0.9:53" as RealServerKey }],
  },
  {
    name: "a virtual server that others took",
    operations: [addService("-u 10.96.0.8:53")],
    flows: [{ ...UDP, address: "10.96.0.8" as IpAddress }],
  },
  {
    name: "a virtual server that others took beside another",
    operations: [addService("-u 10.96.0.8:53")],
    view: BESIDE,
    flows: [{
      ...UDP,
      address: "10.96.0.8" as IpAddress,
      realServer: "10.96.0.8:53" as RealServerKey,
    }],
  },
  {
    name: "a virtual server that goes beside another",
    operations: [deleteService("-f 7")],
    view: BESIDE,
    flows: [{ ...UDP, realServer: REAL }, { ...UDP, realServer: OTHER }],
  },
  {
    name: "a virtual server that comes beside another",
    operations: [addService("-f 7")],
    view: BESIDE,
    flows: [{ ...UDP, realServer: "10.96.0.9:53" as RealServerKey }],
  },
  {
    name: "one frontend twice",
    operations: [
      deleteServer("-u 10.96.0.9:53"),
      deleteServer("-f 7"),
      deleteService("-u 10.96.0.9:53"),
    ],
    flows: [UDP],
  },
];

for (const one of CASES) {
  Deno.test({
    name: `staleFlows() of ${one.name}: ${one.flows.length}`,
    permissions: "none",
    fn: () =>
      assertEquals(staleFlows(one.operations, one.view ?? ALONE), one.flows),
  });
}

Deno.test({
  name: "flowsLeftBy() gives all of each frontend, and nothing of TCP",
  permissions: "none",
  fn: () => {
    const keys = ["-f 7", "-t 10.96.0.9:53", "-f 8", ""] as VirtualServerKey[];
    assertEquals(flowsLeftBy(keys, ALONE), [UDP]);
  },
});
