import type { FakeRunDirectory } from "../agent/fake_run_directory.ts";
import type { FakeHost } from "../support/fake_host.ts";
import type { FakeVirtualServer } from "../support/fake/ipvs_state.ts";
import type { Expected } from "./oracle.ts";

const DEVICE = "kube-ipvs0";

/** What on this host is not the agent's, and must stay as it is (I5). */
export class Foreigners {
  readonly #host: FakeHost;
  /** Keys of virtual servers of others. */
  readonly servers: Set<string> = new Set();
  /** Addresses of others on the device, "address/length". */
  readonly addresses: Set<string> = new Set();
  /** Sets of others. */
  readonly sets: Set<string> = new Set();
  /** Rules of others, "back end table chain rule". */
  readonly rules: Set<string> = new Set();
  /** Keys and addresses that no record names any more: nobody's. */
  readonly orphans: Set<string> = new Set();
  /** Of those, what was wanted since: the agent may have adopted it. */
  readonly adoptable: Set<string> = new Set();

  constructor(host: FakeHost) {
    this.#host = host;
  }

  /** All of it, name by name, to see whether it is what it was. */
  look(): ReadonlyMap<string, string> {
    const { ipvs, ipset, ip } = this.#host;
    const device = ip.devices.get(DEVICE);
    const left = [...this.orphans].filter((name) => !this.adoptable.has(name));
    const seen = new Map<string, string>();
    for (const key of [...this.servers, ...left]) {
      if (!key.startsWith("-")) continue;
      const server = ipvs.table.get(key);
      seen.set(key, server === undefined ? "gone" : textOf(server));
    }
    for (const address of [...this.addresses, ...left]) {
      if (address.startsWith("-")) continue;
      const isThere = device?.addresses.has(address) ?? false;
      seen.set(`address ${address}`, isThere ? "there" : "gone");
    }
    for (const name of this.sets) {
      const set = ipset.sets.get(name);
      const elements = [...set?.elements.keys() ?? ["gone"]].join();
      seen.set(`set ${name}`, elements);
    }
    for (const rule of this.rules) {
      seen.set(rule, this.#hasRule(rule) ? "there" : "gone");
    }
    return seen;
  }

  #hasRule(text: string): boolean {
    const [kind = "", table = "", chain = "", ...rule] = text.split(" ");
    const tables = this.#host.iptables.tables;
    const rules = tables[kind as keyof typeof tables].get(table)?.get(chain)
      ?.rules;
    return rules?.includes(rule.join(" ")) ?? false;
  }

  /** Somebody flushed all rules: theirs are gone too. */
  noteRulesGone(): void {
    this.rules.clear();
  }

  /**
   * An agent starts. What its record does not name is nobody's, which may be
   * only when the record was spoilt.
   */
  noteStart(directory: FakeRunDirectory, isSpoilt: boolean): void {
    const recorded = recordOf(directory.files.get("state"));
    const device = this.#host.ip.devices.get(DEVICE);
    const there = new Set([
      ...this.#host.ipvs.table.keys(),
      ...device?.addresses.keys() ?? [],
    ]);
    for (const name of there) {
      const isRecorded = recorded.has(name) || recorded.has(bare(name));
      // Killed between its record and the news that another was first there.
      if (isRecorded) this.servers.delete(name);
      if (isRecorded) this.orphans.delete(name);
      else if (isSpoilt) this.orphans.add(name);
    }
    for (const name of this.orphans) {
      if (there.has(name)) continue;
      this.orphans.delete(name);
      this.adoptable.delete(name);
    }
  }

  /**
   * What is wanted now may be adopted now. So may an address that is not to be
   * bound because the host has it: the agent may not have seen that yet.
   */
  noteWanted({ owners, holders, ipvs }: Expected): void {
    const named = new Set([...holders.keys()].map((one) => one.split(",")[0]));
    for (const name of this.orphans) {
      const isWanted = owners.has(name) || named.has(bare(name)) ||
        (name.startsWith("-f ") && [...ipvs].some((line) => /-f /.test(line)));
      if (isWanted) this.adoptable.add(name);
    }
  }
}

/** Keys and addresses that a state file names, read in the plainest way. */
export function recordOf(text: string | undefined): ReadonlySet<string> {
  const recorded = new Set<string>();
  const lines = (text ?? "").split("\n");
  if (lines[0] !== "kube-proxy-state 1") return recorded;
  for (const line of lines.slice(1, -1)) {
    const [, sign, name = ""] = /^([-+])[va] (.*)$/.exec(line) ?? [];
    if (sign === "+") recorded.add(name);
    else if (sign === "-") recorded.delete(name);
  }
  return recorded;
}

/** "10.96.0.1/32" without its length. */
export function bare(address: string): string {
  return address.replace(/\/\d+$/, "");
}

function textOf(server: FakeVirtualServer): string {
  const reals = [...server.realServers.values()].map((real) =>
    `${real.text} ${real.forwarding} ${real.weight}`
  ).sort();
  return [`${server.scheduler} ${server.persistence}`, ...reals].join("; ");
}
