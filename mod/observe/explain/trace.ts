import { familyOf, type IpAddress } from "#model";
import { Hook, type HookEnd, type HookResult, type Story } from "./chains.ts";
import { isLocal } from "./local.ts";
import { findServer, type ServerFound } from "./servers.ts";
import type { PacketState } from "./state.ts";
import type {
  KernelTables,
  Packet,
  PossibleServer,
  Trace,
  Verdict,
} from "./types.ts";

/**
 * Says what this node does with the first packet of a connection, from its
 * own tables. It follows the rules that this program writes; of others' rules
 * it says only that they may decide first.
 */
export function tracePacket(packet: Packet, tables: KernelTables): Trace {
  return new Tracer(packet, tables).trace();
}

/** How it ended, before it is told. */
interface Ending {
  readonly verdict: Verdict;
  readonly reason: string;
  readonly found?: ServerFound;
  readonly realServers?: readonly PossibleServer[];
}

class Tracer {
  readonly #packet: Packet;
  readonly #tables: KernelTables;
  readonly #story: Story = { steps: [], doubts: [] };
  #state: PacketState;

  constructor(packet: Packet, tables: KernelTables) {
    this.#packet = packet;
    this.#tables = tables;
    const { protocol, source, address, port, device, isOwn } = packet;
    this.#state = {
      ...{ protocol, source, port, target: address, mark: 0 },
      family: familyOf(address),
      inDevice: isOwn ? "" : device,
      outDevice: "",
    };
  }

  trace(): Trace {
    const ending = this.#packet.isOwn ? this.#own() : this.#arriving();
    const { verdict, reason, found, realServers = [] } = ending;
    return {
      packet: this.#packet,
      ...{ verdict, reason },
      steps: this.#story.steps,
      ...(found === undefined ? {} : { virtualServer: found.found }),
      realServers,
      doubts: this.#story.doubts,
    };
  }

  #isLocal(address: IpAddress): boolean {
    return isLocal(address, this.#tables);
  }

  /** Passes hooks in order, until one ends the way. */
  #pass(chain: string, tables: readonly string[]): HookEnd {
    for (const table of tables) {
      const result = this.#hook(chain, table, this.#state);
      this.#state = result.packet;
      if (result.end.kind !== "passed") return result.end;
    }
    return { kind: "passed" };
  }

  #hook(chain: string, table: string, state: PacketState): HookResult {
    const around = { tables: this.#tables, story: this.#story };
    return new Hook({ table, chain }, state, around).pass(chain);
  }

  /** From a pod, another node or outside. */
  #arriving(): Ending {
    const before = this.#pass("PREROUTING", ["raw", "mangle", "nat"]);
    if (before.kind !== "passed") return endingOf(before);
    if (!this.#isLocal(this.#state.target)) return this.#through();
    const inside = this.#pass("INPUT", ["mangle", "filter"]);
    if (inside.kind !== "passed") return endingOf(inside);
    return this.#scheduled() ?? this.#toHost();
  }

  /** Its address is none of this host. */
  #through(): Ending {
    this.#state = { ...this.#state, outDevice: "not lo" };
    const end = this.#pass("FORWARD", ["mangle", "filter"]);
    if (end.kind !== "passed") return endingOf(end);
    return {
      verdict: "forwarded",
      reason: `${this.#state.target} is no address of this node: it goes on, ` +
        "as the routes say",
    };
  }

  /** From this node itself: IPVS comes before filter OUTPUT. */
  #own(): Ending {
    const isLocal = this.#isLocal(this.#state.target);
    this.#state = { ...this.#state, outDevice: isLocal ? "lo" : "not lo" };
    const before = this.#pass("OUTPUT", ["raw", "mangle", "nat"]);
    if (before.kind !== "passed") return endingOf(before);
    const served = this.#scheduled();
    if (served !== undefined) return served;
    const out = this.#pass("OUTPUT", ["filter"]);
    if (out.kind !== "passed") return endingOf(out);
    if (!isLocal) {
      return {
        verdict: "forwarded",
        reason:
          `${this.#state.target} is no address of this node: it leaves, ` +
          "as the routes say",
      };
    }
    // It comes back by lo, as from outside.
    this.#state = { ...this.#state, inDevice: "lo", outDevice: "" };
    const back = this.#pass("PREROUTING", ["raw", "mangle"]);
    if (back.kind !== "passed") return endingOf(back);
    const inside = this.#pass("INPUT", ["mangle", "filter"]);
    if (inside.kind !== "passed") return endingOf(inside);
    return this.#toHost();
  }

  #toHost(): Ending {
    return {
      verdict: "host",
      reason: "no virtual server has it: a program of the host that listens " +
        "there answers, or it is refused",
    };
  }

  /** What IPVS does with it; undefined: it is none of its. */
  #scheduled(): Ending | undefined {
    const found = findServer(this.#state, this.#tables.servers);
    if (found === undefined) return undefined;
    if (found.candidates.length === 0) {
      return {
        verdict: "refused",
        reason: `${found.found.key} has no real server that takes new ` +
          "connections: IPVS refuses by ICMP, at most one a second",
        found,
      };
    }
    const state = this.#state;
    const realServers: PossibleServer[] = [];
    for (const { key, weight, address, port } of found.candidates) {
      this.#state = { ...state, target: address, port, inDevice: "" };
      const before = this.#story.steps.length;
      const end = this.#toServer();
      for (const step of this.#story.steps.splice(before)) {
        this.#story.steps.push({ ...step, realServer: key });
      }
      if (end.kind === "dropped" || end.kind === "rejected") {
        return { ...endingOf(end), found };
      }
      const masqueraded = end.kind === "unknown"
        ? undefined
        : end.kind === "masqueraded";
      realServers.push({ realServer: key, weight, masqueraded });
    }
    const how = found.found.by === "mark"
      ? "by its firewall mark"
      : "by address and port";
    return {
      verdict: "served",
      reason: `the virtual server ${found.found.key} takes it ${how}`,
      ...{ found, realServers },
    };
  }

  /** From IPVS to a real server: OUTPUT again, then POSTROUTING. */
  #toServer(): HookEnd {
    const isHere = this.#isLocal(this.#state.target);
    // A client's packet to a program of this host is there already.
    if (isHere && !this.#packet.isOwn) return { kind: "passed" };
    this.#state = { ...this.#state, outDevice: isHere ? "lo" : "not lo" };
    const out = this.#pass("OUTPUT", ["mangle", "filter"]);
    if (out.kind !== "passed") return out;
    return this.#pass("POSTROUTING", ["mangle", "nat"]);
  }
}

function endingOf(end: HookEnd): Ending {
  switch (end.kind) {
    case "dropped":
      return { verdict: "dropped", reason: `it is dropped by ${end.by}` };
    case "rejected":
      return {
        verdict: "refused",
        reason: `it is refused at once (${end.how}) by ${end.by}`,
      };
    case "unknown":
      return {
        verdict: "unknown",
        reason: `whether "${end.asks}" holds is not known here; asked by ` +
          end.by,
      };
    case "masqueraded":
    case "passed":
      return { verdict: "host", reason: "it passes" };
  }
}
