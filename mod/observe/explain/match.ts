import {
  type Cidr,
  cidrContains,
  type IpAddress,
  parseCidr,
  parseIpAddress,
} from "#model";
import { runBpf } from "./bpf.ts";
import { isLocal } from "./local.ts";
import type { Condition } from "./rule.ts";
import { askSet } from "./set_lookup.ts";
import type { PacketState } from "./state.ts";
import type { KernelTables } from "./types.ts";

/** Whether conditions hold; undefined: that cannot be known here. */
export interface MatchResult {
  /** The answer. */
  readonly holds: boolean | undefined;
  /** Elements of sets that were found. */
  readonly elements: readonly string[];
  /** Conditions that cannot be known here. */
  readonly unknown: readonly string[];
}

/** Asks all conditions; one that does not hold decides, known or not the rest. */
export function matchAll(
  conditions: readonly Condition[],
  packet: PacketState,
  tables: KernelTables,
): MatchResult {
  const elements: string[] = [];
  const unknown: string[] = [];
  for (const condition of conditions) {
    const found = (text: string): void => {
      elements.push(text);
    };
    const answer = ask(condition, packet, { tables, found });
    if (answer === undefined) unknown.push(describe(condition));
    else if (answer === condition.isNegated) {
      return { holds: false, elements: [], unknown: [] };
    }
  }
  const holds = unknown.length === 0 ? true : undefined;
  return { holds, elements, unknown };
}

function describe({ option, values, isNegated }: Condition): string {
  return [...(isNegated ? ["!"] : []), option, ...values].join(" ");
}

interface Around {
  readonly tables: KernelTables;
  /** Told of each element of a set that was found. */
  found(text: string): void;
}

type Ask = (
  values: readonly string[],
  packet: PacketState,
  around: Around,
) => boolean | undefined;

/** It is the first packet of a connection. */
const CT_STATES = ["NEW"];

const QUESTIONS: Readonly<Record<string, Ask>> = {
  "-m": () => true,
  "--comment": () => true,
  "-s": ([network = ""], { source }) => contains(network, source),
  "-d": ([network = ""], { target }) => contains(network, target),
  "-p": ([name], { protocol }) => name === protocol || name === "all",
  "-i": ([name = ""], { inDevice }) =>
    inDevice === undefined ? undefined : isDevice(name, inDevice),
  "-o": ([name = ""], { outDevice }) =>
    outDevice === "not lo"
      ? name === "lo" ? false : undefined
      : isDevice(name, outDevice),
  "--dport": ([ports = ""], { port }) => isInRange(ports, port),
  "--dports": ([list = ""], { port }) =>
    list.split(",").some((ports) => isInRange(ports, port)),
  "--ctstate": ([list = ""]) =>
    list.split(",").some((state) => CT_STATES.includes(state)),
  "--ctdir": ([direction]) => direction === "ORIGINAL",
  "--mark": ([text = ""], { mark }) => {
    const [value = NaN, mask = 0xffff_ffff] = text.split("/").map(Number);
    return (mark & mask) >>> 0 === value >>> 0;
  },
  "--src-type": ([type], { source }, { tables }) =>
    type === "LOCAL" ? isLocal(source, tables) : undefined,
  "--dst-type": ([type], { target }, { tables }) =>
    type === "LOCAL" ? isLocal(target, tables) : undefined,
  "--bytecode": ([code = ""], { source, target }) =>
    runBpf(code, { source, target }),
  "--match-set": ([name = "", by = ""], packet, { tables, found }) => {
    const set = tables.sets.get(name);
    const answer = set && askSet(set, by, packet);
    if (answer?.element !== undefined) found(`${answer.element} in ${name}`);
    return answer && answer.element !== undefined;
  },
};

function ask(
  { option, values }: Condition,
  packet: PacketState,
  around: Around,
): boolean | undefined {
  return QUESTIONS[option]?.(values, packet, around);
}

function contains(network: string, address: IpAddress): boolean | undefined {
  const bits = network.includes(":") ? 128 : 32;
  const text = network.includes("/") ? network : `${network}/${bits}`;
  const cidr: Cidr | undefined = parseCidr(text);
  if (cidr === undefined || parseIpAddress(address) === undefined) {
    return undefined;
  }
  return cidrContains(cidr, address);
}

function isDevice(name: string, device: string): boolean {
  return name.endsWith("+")
    ? device !== "" && device.startsWith(name.slice(0, -1))
    : device === name;
}

function isInRange(ports: string, port: number): boolean {
  const [from = NaN, to = from] = ports.split(":").map(Number);
  return from <= port && port <= to;
}
