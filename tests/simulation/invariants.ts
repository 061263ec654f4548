import type { CommandResult } from "../../mod/apply/mod.ts";
import type { FakeCall, FakeFlow } from "../support/fake_host.ts";
import { elementOf, isBusy, viewKernel } from "./kernel_view.ts";
import type { World } from "./world.ts";

const GONE_MS = 60_000;
const CHANGES = /restore|batch|link (add|del)|conntrack -R/;
const MOST_KEPT = 20;

interface Busy {
  readonly key: string;
  readonly socket: string;
}

interface Seen {
  /** Real servers with connections, by "kernel key -r socket". */
  readonly busy: ReadonlyMap<string, Busy>;
  readonly foreign: ReadonlyMap<string, string>;
  readonly flows: readonly FakeFlow[];
  /** Virtual servers, in the oracle's words. */
  readonly keys: ReadonlySet<string>;
}

/**
 * Watches a world command by command:
 *
 * - I2 a virtual server that was usable in every state since the last rest
 *   MUST have a real server with weight above 0 after each command
 * - I3 nothing MUST be changed before the lists are complete
 * - I4 a TCP or SCTP real server with connections MUST NOT be deleted before
 *   its endpoint is gone for the drain time or the hard limit is reached,
 *   unless its frontend is gone or another Service's
 * - I5 what others made MUST stay as it is; what we make MUST be on record
 * - I7 a tracked connection to a living real server MUST NOT be deleted
 *
 * All violations are kept, not only the first.
 */
export class Invariants {
  readonly #world: World;
  readonly violations: string[] = [];
  /** Told of each change of the kernel and each violation. */
  trace: (line: string) => void = () => {};
  #before: Seen;
  #isFlushLate = false;
  /** Frontends that have had a virtual server by mark. */
  readonly #byMark = new Set<string>();
  /** Virtual servers that have had a usable real server since they came. */
  readonly #up = new Set<string>();

  constructor(world: World) {
    this.#world = world;
    this.#before = this.#look();
    world.node.host.onCall = (call, answer) => this.#check(call, answer);
  }

  /** Tracked connections are still to be deleted. */
  noteLateFlush(): void {
    this.#isFlushLate = true;
  }

  /** Others have just changed the kernel: start from what it is now. */
  forget(): void {
    this.#before = this.#look();
    this.#up.clear();
  }

  /** The history has changed connections: what is up is still up. */
  refresh(): void {
    this.#before = this.#look();
  }

  /** Something that must not be is so. */
  violated(what: string): void {
    this.trace(`!! ${what}`);
    if (this.violations.length < MOST_KEPT) this.violations.push(what);
  }

  #check(call: FakeCall, answer: CommandResult): void {
    this.#world.unread.note(call, answer);
    const text = call.argv.join(" ");
    if (!CHANGES.test(text)) return;
    this.trace(`${text}\n${call.stdin}= ${answer.code} ${answer.stderr}`);
    const now = this.#look();
    const at = this.#world.node.clock.monotonicMs();
    const what =
      `after "${text}" (${call.number}, ${at} ms, exit ${answer.code})`;
    for (const [name, old] of this.#before.foreign) {
      const fresh = now.foreign.get(name);
      if (fresh === undefined || isKept(old, fresh)) continue;
      this.violated(`I5 ${name} was ${old} and is ${fresh} ${what}`);
    }
    const isOfThisAgent = call.number > this.#world.firstCall;
    if (!this.#world.isSynced && isOfThisAgent) {
      this.violated(`I3 changed before lists were complete ${what}`);
    }
    if (!this.#world.isDamaged) {
      this.#checkUsable(what);
      // What is deleted late may meet a flow that has come meanwhile.
      if (!this.#isFlushLate) this.#checkFlows(now, what);
    }
    if (call.argv[0] === "conntrack") this.#isFlushLate = answer.code !== 0;
    for (const [id, busy] of this.#before.busy) {
      if (!now.busy.has(id)) this.#checkDeleted(busy, what);
    }
    this.#before = now;
  }

  #checkUsable(what: string): void {
    const { steady, node } = this.#world;
    const { servers } = viewKernel(node.host);
    for (const key of steady.usable.keys()) {
      const { server } = servers.get(key) ?? {};
      const isUp = [...server?.realServers.values() ?? []]
        .some((real) => real.weight > 0);
      if (isUp) this.#up.add(key);
      else if (this.#up.has(key)) {
        this.#up.delete(key);
        this.violated(`I2 ${key} has nothing usable ${what}`);
      }
    }
    for (const key of this.#up) {
      if (!steady.usable.has(key)) this.#up.delete(key);
    }
  }

  #checkDeleted({ key, socket }: Busy, what: string): void {
    const { node, goneMs, steady, isDamaged, jumpAtStartMs } = this.#world;
    const element = elementOf(key);
    if (element.includes(",udp:") || isDamaged) return;
    // What was drained then, and the next agent found on disk.
    if ((steady.leftMs(key, socket) ?? -Infinity) <= jumpAtStartMs) return;
    if (/^(10\.66\.|\[fd00:bad:)/.test(socket)) return;
    const service = steady.holder(element);
    if (service === undefined) return;
    const nowMs = node.clock.monotonicMs();
    if (steady.mayBeAtLimit({ key, socket, service }, nowMs)) return;
    // One that it had from another Service is gone since it is its own.
    const since = this.#world.isListed(service, socket)
      ? undefined
      : goneMs.get(`${service} ${socket}`) ?? steady.leftMs(key, socket);
    if (since !== undefined && nowMs - since >= GONE_MS) return;
    const age = since === undefined ? "still listed" : `${nowMs - since} ms`;
    this.violated(`I4 ${key} -r ${socket} deleted (${age}) ${what}`);
  }

  #checkFlows({ flows, keys }: Seen, what: string): void {
    const left = new Set(flows);
    for (const flow of this.#before.flows) {
      if (left.has(flow)) continue;
      const key = `${flow.protocol === "udp" ? "-u" : "--sctp-service"} ${
        flow.address.includes(":") ? `[${flow.address}]` : flow.address
      }:${flow.port}`;
      const socket = socketOfReply(flow);
      if (!this.#world.steady.usable.get(key)?.has(socket)) continue;
      if (!this.#up.has(key)) continue;
      // Two virtual servers share the flows: what one loses, both lose.
      const byMark = `-f ${flow.address},${flow.protocol}:${flow.port}`;
      if (this.#byMark.has(byMark) || keys.has(byMark)) continue;
      this.violated(`I7 living flow of ${key} to ${socket} deleted ${what}`);
    }
  }

  #look(): Seen {
    const { node, foreigners } = this.#world;
    const busy = new Map<string, Busy>();
    const { servers } = viewKernel(node.host);
    for (const [key, { server }] of servers) {
      for (const [socket, real] of server.realServers) {
        if (!isBusy(real)) continue;
        // By the kernel's key: a mark may change hands.
        busy.set(`${server.key} -r ${socket}`, { key, socket });
      }
    }
    const { flows } = node.host.conntrack;
    const keys = new Set(servers.keys());
    for (const key of keys) if (key.startsWith("-f ")) this.#byMark.add(key);
    return { busy, foreign: foreigners.look(), flows: [...flows], keys };
  }
}

/** Where the answers of a tracked connection come from. */
export function socketOfReply({ replySource, replyPort }: FakeFlow): string {
  return replySource.includes(":")
    ? `[${replySource}]:${replyPort}`
    : `${replySource}:${replyPort}`;
}

/**
 * Whether all that was there still is. A real server of ours may be in another's
 * virtual server for a moment, when that came between our look and our batch.
 */
function isKept(old: string, fresh: string): boolean {
  const parts = fresh.split("; ");
  const [head = "", ...reals] = old.split("; ");
  const isOurs = (real: string): boolean =>
    head.startsWith("nq ") && !real.startsWith("6.6.6.6:");
  return [head, ...reals].every((part) =>
    parts.includes(part) || part !== head && isOurs(part)
  );
}
