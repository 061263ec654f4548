/**
 * The fake kernel's tables in the oracle's words: virtual servers by firewall
 * mark are named by the frontend whose packets get that mark.
 *
 * @module
 */
import type { FakeHost } from "../support/fake_host.ts";
import type {
  FakeRealServer,
  FakeVirtualServer,
} from "../support/fake/ipvs_state.ts";
import { saveText } from "../support/fake/ipvsadm_text.ts";
import { bare } from "./foreigners.ts";

/** A virtual server, with its name in the oracle's words. */
export interface SeenServer {
  readonly key: string;
  readonly server: FakeVirtualServer;
}

/** What is there. */
export interface KernelView {
  readonly servers: ReadonlyMap<string, SeenServer>;
  /** Addresses of the device, without lengths. */
  readonly addresses: ReadonlySet<string>;
  /** Elements of our sets, "4-SET element". */
  readonly elements: ReadonlySet<string>;
  /** Marks that two frontends share, and the like. */
  readonly faults: readonly string[];
}

/** Looks at the kernel. */
export function viewKernel(host: FakeHost): KernelView {
  const faults: string[] = [];
  const frontends = frontendsOfMarks(host, faults);
  const servers = new Map<string, SeenServer>();
  for (const server of host.ipvs.table.values()) {
    const frontend = frontends.get(server.key);
    const key = frontend === undefined ? server.key : `-f ${frontend}`;
    servers.set(key, { key, server });
  }
  const device = host.ip.devices.get("kube-ipvs0");
  return {
    servers,
    addresses: new Set([...device?.addresses.keys() ?? []].map(bare)),
    elements: elementsOf(host),
    faults,
  };
}

/** Frontends by the key of their virtual server by mark. */
function frontendsOfMarks(
  host: FakeHost,
  faults: string[],
): ReadonlyMap<string, string> {
  const frontends = new Map<string, string>();
  for (const [digit, suffix] of [["4", ""], ["6", " -6"]] as const) {
    const set = host.ipset.sets.get(`KUBE-VS${digit}-MARK`);
    for (const [element, mark] of set?.elements ?? []) {
      const key = `-f ${Number(mark)}${suffix}`;
      const other = frontends.get(key);
      if (other !== undefined) {
        faults.push(`${key} is the mark of ${element} and of ${other}`);
      }
      frontends.set(key, element);
    }
  }
  return frontends;
}

function elementsOf(host: FakeHost): ReadonlySet<string> {
  const elements = new Set<string>();
  for (const { name, elements: all } of host.ipset.sets.values()) {
    const kind = /^KUBE-VS(.*)$/.exec(name)?.[1];
    if (kind === undefined) continue;
    for (const element of all.keys()) elements.add(`${kind} ${element}`);
  }
  return elements;
}

/** Lines of one virtual server in the oracle's words. */
export function linesOf({ key, server }: SeenServer): string[] {
  return saveText({ ...server, key }).trimEnd().split("\n");
}

/** Real servers that have connections. */
export function isBusy({ active, inactive }: FakeRealServer): boolean {
  return active + inactive > 0;
}

/** "address,protocol:port" of a virtual server, however it is named. */
export function elementOf(key: string): string {
  const [flag = "", name = ""] = key.split(" ");
  if (flag === "-f") return name;
  const colon = name.lastIndexOf(":");
  const address = name.slice(0, colon).replace(/^\[|\]$/g, "");
  const protocol = { "-t": "tcp", "-u": "udp" }[flag] ?? "sctp";
  return `${address},${protocol}:${name.slice(colon + 1)}`;
}
