/**
 * The kernel against the oracle, when nothing is left to be done.
 *
 * @module
 */
import { bare } from "./foreigners.ts";
import { socketOfReply } from "./invariants.ts";
import {
  elementOf,
  isBusy,
  type KernelView,
  linesOf,
  type SeenServer,
  viewKernel,
} from "./kernel_view.ts";
import type { World } from "./world.ts";

/** How much may be otherwise. */
export interface Tolerance {
  /** Real servers with connections may be on their way out. */
  readonly drains: boolean;
  /** Services that the kernel refuses something of. */
  readonly refused: ReadonlySet<string>;
}

/** What differs, one sentence each. */
export function compareKernel(world: World, tolerance: Tolerance): string[] {
  const { expected, node, foreigners } = world;
  const seen = viewKernel(node.host);
  const isRefused = (element: string): boolean =>
    tolerance.refused.has(expected.holders.get(element) ?? "");
  const wanted = (lines: Iterable<string>): string[] =>
    [...lines].filter((line) => {
      const key = keyOf(line);
      const name = seen.servers.get(key)?.server.key ?? key;
      return !isRefused(elementOf(key)) && !foreigners.servers.has(name) &&
        !foreigners.orphans.has(name);
    });
  const lines = [...seen.servers.values()]
    .filter(({ server }) => !foreigners.servers.has(server.key))
    .flatMap((one) =>
      linesOf(one).filter((line) => !isLeaving(one, line, world, tolerance))
    );
  const leftOut = new Set([
    ...[...foreigners.addresses, ...foreigners.orphans].map(bare),
    ...[...expected.holders].filter(([, name]) => tolerance.refused.has(name))
      .map(([element]) => element.slice(0, element.lastIndexOf(","))),
  ]);
  const addressesOf = (all: Iterable<string>): string[] =>
    [...all].filter((one) => !leftOut.has(one));
  return [
    ...seen.faults,
    ...differences("ipvs", wanted(lines), wanted(expected.ipvs)),
    ...differences(
      "addresses",
      addressesOf(seen.addresses),
      addressesOf(expected.addresses),
    ),
    ...differences("sets", seen.elements, expected.elements).filter((line) => {
      const [address = "", port = ""] = line.split(" ").at(-1)?.split(",") ??
        [];
      // A Service of which a line is refused may keep what it had before.
      const isFormer = tolerance.refused.size > 0 &&
        line.startsWith("sets: too much") &&
        !expected.holders.has(`${address},${port}`);
      return !leftOut.has(address) && !isFormer &&
        !isRefused(`${address},${port}`);
    }),
    ...staleFlows(world, seen),
    ...[...foreigners.servers].flatMap((key) => {
      const reals = node.host.ipvs.table.get(key)?.realServers.keys() ?? [];
      return [...reals].filter((real) => !real.startsWith("6.6.6.6:"))
        .map((real) => `foreign: too much ${key} -r ${real}`);
    }),
  ];
}

/** Whether a line tells of connections that are ending. */
function isLeaving(
  { key, server }: SeenServer,
  line: string,
  { expected }: World,
  { drains }: Tolerance,
): boolean {
  if (!drains || key.startsWith("-u ") || expected.ipvs.has(line)) return false;
  const reals = [...server.realServers.values()];
  if (line.startsWith("-A ")) {
    return !expected.owners.has(key) && reals.some(isBusy) &&
      reals.every(({ weight }) => weight === 0);
  }
  const real = reals.find(({ text }) => line.includes(` -r ${text} `));
  return real !== undefined && real.weight === 0 && isBusy(real);
}

/** Tracked connections that lead where nobody answers. */
function staleFlows(
  { node, foreigners, isDamaged }: World,
  { servers }: KernelView,
): string[] {
  if (isDamaged) return [];
  return node.host.conntrack.flows.flatMap((flow) => {
    const element = `${flow.address},${flow.protocol}:${flow.port}`;
    const some = [...servers.values()].filter(({ key }) =>
      elementOf(key) === element
    );
    const isTheirs = some.some(({ server: { key } }) =>
      foreigners.servers.has(key) || foreigners.orphans.has(key)
    );
    if (isTheirs) return [];
    const socket = socketOfReply(flow);
    // A mark that drains is out of the set: nothing tells whose it was.
    const nameless = [...servers.values()].filter(({ key, server }) =>
      key === server.key && key.startsWith("-f ") &&
      [...server.realServers.values()].some(isBusy)
    );
    const isAlive = [...some, ...nameless].some(({ server }) =>
      server.realServers.has(socket)
    );
    return isAlive ? [] : [`conntrack: stale ${element} to ${socket}`];
  });
}

function keyOf(line: string): string {
  return /^-[Aa] (.*?)(?: -s | -r )/.exec(line)?.[1] ?? line;
}

/** What is missing and what is too much, one sentence each. */
export function differences(
  what: string,
  seen: Iterable<string>,
  wanted: Iterable<string>,
): string[] {
  const have = new Set(seen);
  const want = new Set(wanted);
  return [
    ...[...want].filter((one) => !have.has(one))
      .map((one) => `${what}: missing ${one}`),
    ...[...have].filter((one) => !want.has(one))
      .map((one) => `${what}: too much ${one}`),
  ];
}
