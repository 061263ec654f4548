/**
 * What others do to the host: its own traffic, its addresses, damage to what
 * is ours, and things of theirs.
 *
 * @module
 */
import { DEVICE } from "./node.ts";
import { elementOf, viewKernel } from "./kernel_view.ts";
import type { Step, StepContext } from "./steps.ts";

const HOST_ADDRESSES = ["192.168.1.2/24", "203.0.113.2/32", "fd00:192::1/64"];
const MOST_FLOWS = 8;

function setConnections({ world, random, invariants }: StepContext): void {
  const { ipvs } = world.node.host;
  for (const [key, server] of ipvs.table) {
    if (world.foreigners.servers.has(key)) continue;
    for (const real of server.realServers.keys()) {
      if (!random.chance(0.3)) continue;
      ipvs.setConnections(key, real, { active: random.below(3), inactive: 0 });
    }
  }
  invariants.refresh();
}

/** Datagrams arrive: each is tracked as its virtual server sends it on. */
function sendDatagrams({ world, random, invariants }: StepContext): void {
  const { host } = world.node;
  const { conntrack } = host;
  for (const [key, { server }] of viewKernel(host).servers) {
    const [address = "", rest = ""] = elementOf(key).split(/,(?=[a-z]+:\d+$)/);
    const [protocol = "", port] = rest.split(":");
    const usable = [...server.realServers.values()].filter(({ weight }) =>
      weight > 0
    );
    if (protocol !== "udp" && protocol !== "sctp") continue;
    if (world.foreigners.servers.has(server.key)) continue;
    if (usable.length === 0 || conntrack.flows.length >= MOST_FLOWS) continue;
    const { text } = random.pick(usable);
    const colon = text.lastIndexOf(":");
    conntrack.flows.push({
      protocol,
      source: "198.51.100.7",
      sourcePort: 40_000 + random.below(1_000),
      address,
      port: Number(port),
      replySource: text.slice(0, colon).replace(/^\[|\]$/g, ""),
      replyPort: Number(text.slice(colon + 1)),
    });
  }
  invariants.refresh();
}

async function changeHostAddress(context: StepContext): Promise<void> {
  const { world, random } = context;
  const { ip } = world.node.host;
  const address = random.pick(HOST_ADDRESSES);
  const has = ip.devices.get("eth0")?.addresses.has(address);
  if (has) ip.deleteAddress("eth0", address);
  else ip.addAddress("eth0", address);
  world.changed();
  await world.node.advance(random.pick([0, 150]));
}

/** Keys of virtual servers that are the agent's. */
function ours({ world }: StepContext): string[] {
  return [...world.node.host.ipvs.table.keys()].filter((key) =>
    !world.foreigners.servers.has(key) && !world.foreigners.orphans.has(key)
  );
}

const DAMAGES: readonly ((context: StepContext) => void)[] = [
  (context) => {
    const { world: { node }, random } = context;
    const keys = ours(context);
    if (keys.length > 0) node.host.ipvs.edit(`-D ${random.pick(keys)}`);
  },
  (context) => {
    const { world: { node }, random } = context;
    for (const key of ours(context)) {
      const server = node.host.ipvs.table.get(key);
      for (const real of server?.realServers.values() ?? []) {
        if (random.chance(0.5)) real.weight = random.pick([0, 7]);
      }
    }
  },
  (context) => {
    const { world: { node: { host, gate }, unread }, random } = context;
    // One that a hanging batch makes, or that was not read back since,
    // altered, looks like another's.
    const keys = ours(context).filter((key) =>
      !gate.running.includes(`-A ${key} `) && !unread.has(key)
    );
    if (keys.length === 0) return;
    const key = random.pick(keys);
    host.ipvs.edit(`-E ${key} -s lc`);
    const real = host.ipvs.table.get(key)?.realServers.keys().next().value;
    if (real !== undefined) host.ipvs.edit(`-d ${key} -r ${real}`);
    const isSix = key.includes("[") || key.endsWith(" -6");
    const intruder = isSix ? "[fd00:bad::1]:1" : "10.66.6.6:1";
    if (host.ipvs.table.get(key)?.realServers.has(intruder)) return;
    host.ipvs.edit(`-a ${key} -r ${intruder} -m -w 9`);
  },
  ({ world: { node: { host }, foreigners }, random }) => {
    const device = host.ip.devices.get(DEVICE);
    const all = [...device?.addresses.keys() ?? []].filter((one) =>
      !foreigners.addresses.has(one) && !foreigners.orphans.has(one)
    );
    if (all.length > 0) host.ip.deleteAddress(DEVICE, random.pick(all));
  },
  ({ world: { node: { host }, foreigners } }) => {
    if (!host.ip.devices.has(DEVICE)) return;
    host.ip.deleteDevice(DEVICE);
    foreigners.addresses.clear();
  },
  ({ world: { node: { host }, foreigners }, random }) => {
    const kinds = ["iptables-legacy", "ip6tables-legacy"] as const;
    host.iptables.flushRuleset(random.pick(kinds));
    foreigners.noteRulesGone();
  },
  ({ world: { node: { host } }, random }) => {
    const chain = host.iptables.tables["iptables-legacy"].get("filter")
      ?.get("INPUT");
    if (chain !== undefined && chain.rules.length > 0) {
      chain.rules.splice(random.below(chain.rules.length), 1);
    }
  },
  ({ world: { node: { host } }, random }) => {
    for (const { name, elements } of host.ipset.sets.values()) {
      if (!name.startsWith("KUBE-VS") || !random.chance(0.3)) continue;
      elements.clear();
    }
  },
  ({ world: { node: { host } } }) => {
    if (!host.ipset.sets.has("KUBE-VS4-REFUSE")) return;
    host.ipset.edit(
      "add KUBE-VS4-REFUSE 10.96.0.1,tcp:80",
      "add KUBE-VS4-DROP 10.66.6.6,udp:1",
    );
  },
];

function damage(context: StepContext): void {
  const { world, random, invariants } = context;
  world.isDamaged = true;
  random.pick(DAMAGES)(context);
  invariants.forget();
}

const FOREIGN: readonly ((context: StepContext) => void)[] = [
  ({ world: { node: { host }, foreigners }, random }) => {
    const key = `-t 5.5.5.${1 + random.below(3)}:80`;
    if (host.ipvs.table.has(key)) return;
    host.ipvs.edit(`-A ${key} -s nq`, `-a ${key} -r 6.6.6.6:80 -g -w 4`);
    foreigners.servers.add(key);
  },
  placeInOurWay,
  ({ world: { node: { host }, foreigners }, random }) => {
    const address = `172.31.0.${1 + random.below(3)}/32`;
    const device = host.ip.devices.get(DEVICE);
    if (device === undefined || device.addresses.has(address)) return;
    host.ip.addAddress(DEVICE, address);
    foreigners.addresses.add(address);
  },
  ({ world: { node: { host }, foreigners }, random }) => {
    const name = `SET-${1 + random.below(2)}`;
    host.ipset.edit(
      `create ${name} hash:ip family inet`,
      `add ${name} 1.2.3.${random.below(200)}`,
    );
    foreigners.sets.add(name);
  },
  ({ world: { node: { host }, foreigners }, random }) => {
    const rule = `-s 1.2.3.${random.below(200)}/32 -j DROP`;
    host.iptables.edit(
      "iptables-legacy",
      `*filter\n-A INPUT ${rule}\nCOMMIT\n`,
    );
    foreigners.rules.add(`iptables-legacy filter INPUT ${rule}`);
  },
];

/** A virtual server where one of ours may be wanted later. */
function placeInOurWay({ world, random }: StepContext): void {
  const { node: { host, directory }, foreigners, expected } = world;
  const key = random.pick([
    "-t 10.96.0.1:80",
    "-t 10.96.0.2:80",
    "-u 10.96.0.3:53",
    "-t 203.0.113.2:80",
    "-t 192.168.1.1:30000",
  ]);
  const state = directory.files.get("state") ?? "";
  const isOurs = host.ipvs.table.has(key) || expected.owners.has(key) ||
    state.includes(key) || directory.isFull || world.isStateSpoilt;
  if (isOurs) return;
  host.ipvs.edit(`-A ${key} -s nq`, `-a ${key} -r 6.6.6.6:80 -g -w 4`);
  foreigners.servers.add(key);
}

function addForeign(context: StepContext): void {
  context.random.pick(FOREIGN)(context);
  context.invariants.refresh();
}

/** They take their own away: what was in the way is ours then. */
function takeForeign({ world, random, invariants }: StepContext): void {
  const { node: { host }, foreigners } = world;
  for (const key of [...foreigners.servers]) {
    if (!random.chance(0.5)) continue;
    if (host.ipvs.table.has(key)) host.ipvs.edit(`-D ${key}`);
    foreigners.servers.delete(key);
  }
  invariants.forget();
}

/** Steps of the host. */
export const HOST_STEPS: readonly Step[] = [
  { name: "set connections", share: 6, run: setConnections },
  { name: "send datagrams", share: 4, run: sendDatagrams },
  { name: "change the host's addresses", share: 2, run: changeHostAddress },
  { name: "damage what is ours", share: 4, run: damage },
  { name: "add what is foreign", share: 4, run: addForeign },
  { name: "take what is foreign", share: 1, run: takeForeign },
];
