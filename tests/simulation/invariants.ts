import type { FakeCall } from "../support/fake_host.ts";
import { isEndpointOf } from "./steps.ts";
import type { World } from "./world.ts";

const DRAIN_MS = 60_000;

interface Seen {
  /** Real servers with connections, "key real" to how many. */
  readonly busy: ReadonlyMap<string, number>;
  readonly foreign: string;
}

/**
 * Watches a world command by command:
 *
 * - I2 a virtual server with usable endpoints before and after a change MUST
 *   have a real server with weight above 0 after each command
 * - I3 nothing MUST be changed before the lists are complete
 * - I4 a TCP real server with connections MUST NOT be deleted before its
 *   endpoint is gone for the drain time, unless its frontend is gone
 * - I5 what others made MUST stay as it is
 *
 * All violations are kept, not only the first.
 */
export class Invariants {
  readonly #world: World;
  readonly violations: string[] = [];
  #before: Seen;
  /** Virtual servers that have had a usable real server since they came. */
  readonly #up = new Set<string>();

  constructor(world: World) {
    this.#world = world;
    this.#before = this.#look();
    world.node.host.onCall = (call) => this.#check(call);
  }

  /** Others have just changed the kernel: start from what it is now. */
  forget(): void {
    this.#before = this.#look();
    this.#up.clear();
  }

  #check(call: FakeCall): void {
    const now = this.#look();
    const what = `after "${call.argv.join(" ")}" (${call.number})`;
    if (now.foreign !== this.#before.foreign) {
      this.violations.push(`I5 foreign things changed ${what}`);
    }
    const changes = /restore|batch|link (add|del)|-R/.test(call.argv.join(" "));
    if (changes && !this.#world.isSynced) {
      this.violations.push(`I3 changed before lists were complete ${what}`);
    }
    if (!this.#world.isDamaged) this.#checkUsable(what);
    for (const id of this.#before.busy.keys()) {
      if (!now.busy.has(id)) this.#checkDeleted(id, what);
    }
    this.#before = now;
  }

  #checkUsable(what: string): void {
    const { steadyUsable, node } = this.#world;
    for (const key of steadyUsable) {
      const server = node.host.ipvs.table.get(key);
      const isUp = [...server?.realServers.values() ?? []]
        .some((real) => real.weight > 0);
      if (isUp) this.#up.add(key);
      else if (this.#up.has(key)) {
        this.violations.push(`I2 ${key} has nothing usable ${what}`);
      }
    }
    for (const key of this.#up) {
      if (!steadyUsable.has(key)) this.#up.delete(key);
    }
  }

  #checkDeleted(id: string, what: string): void {
    const { node, goneMs, steadyOwners, isDamaged, hasJumped } = this.#world;
    const [key = "", real = ""] = id.split(" -r ");
    if (!key.startsWith("-t") || isDamaged || hasJumped) return;
    const owner = steadyOwners.get(key);
    // A frontend that another Service took over has that one's endpoints.
    if (owner === undefined || !isEndpointOf(owner, real)) return;
    const nowMs = node.clock.monotonicMs();
    const since = goneMs.get(`${owner} ${real.split(":")[0]}`);
    if (since === undefined || nowMs - since < DRAIN_MS) {
      const age = since === undefined ? "still listed" : `${nowMs - since} ms`;
      this.violations.push(`I4 ${id} deleted (${age}) ${what}`);
    }
  }

  #look(): Seen {
    const { node, foreignLines, foreignAddresses } = this.#world;
    const busy = new Map<string, number>();
    for (const [key, server] of node.host.ipvs.table) {
      for (const [real, { active, inactive }] of server.realServers) {
        if (active + inactive > 0) {
          busy.set(`${key} -r ${real}`, active + inactive);
        }
      }
    }
    const lines = node.ipvs().split("\n")
      .filter((line) => foreignLines.has(line));
    const addresses = [
      ...node.host.ip.devices.get("kube-ipvs0")?.addresses.keys() ?? [],
    ].filter((one) => foreignAddresses.has(one));
    return { busy, foreign: [...lines, ...addresses].join("\n") };
  }
}
