import { type ObservedSet, setType } from "#apply";
import {
  Desired,
  diff,
  type DiffOptions,
  type DiffResult,
  flowsLeftBy,
  flowViewOf,
  Observed,
  type OwnedThings,
  type Touched,
} from "#diff";
import type { IpAddress, IpFamily } from "#model";
import { SET_KINDS, type SetKind, setName, type VirtualServerKey } from "#plan";
import { applyChanges, StepError } from "./applier.ts";
import { currentSets, entriesOfWrongSets } from "./current_sets.ts";
import { Doubts } from "./doubts.ts";
import { ToolHealth } from "./tool_health.ts";
import { Unmade } from "./unmade.ts";
import type { SetSize } from "./inspection.ts";
import type { KernelOptions, Step } from "./types.ts";

/** More virtual servers than these are listed all at once. */
const MAX_LISTED_ONE_BY_ONE = 4;

/** Both sides of the comparison, and the hands that bring them together. */
export class Kernel {
  readonly #options: KernelOptions;
  #observedSets: ReadonlyMap<string, ObservedSet> = new Map();

  /** What is wanted. */
  readonly desired: Desired = new Desired();
  /** What is there. */
  readonly observed: Observed = new Observed();
  /** Addresses that stay a while, with the time of their going, ms. */
  readonly departures: Map<IpAddress, number> = new Map();
  /** Which tables take what they are sent. */
  readonly tools: ToolHealth = new ToolHealth();
  readonly #unmade = new Unmade();
  /** What refused batches were about, and was not seen since. */
  readonly doubts: Doubts = new Doubts();

  /** Takes the doors and times. */
  constructor(options: KernelOptions) {
    this.#options = options;
  }

  /** When the first address goes, ms; Infinity: none does. */
  get nextDepartureMs(): number {
    let next = Infinity;
    for (const goesMs of this.departures.values()) {
      next = Math.min(next, goesMs);
    }
    return next;
  }

  /** How long until the first drain is over, ms; Infinity: none drains. */
  get drainEndInMs(): number {
    const { state, drainLimits, nowMs } = this.#options;
    return state.drains.soonestEndMs(drainLimits) - nowMs();
  }

  /** Compares; changes nothing. */
  compare(
    scope: Touched | "all",
    connections: DiffOptions["connections"],
  ): DiffResult {
    const result = this.compareWith(this.observed, scope, connections);
    return this.#withoutMissingSets(result);
  }

  /** Compares with another listing; changes nothing. */
  compareWith(
    observed: Observed,
    scope: Touched | "all",
    connections: DiffOptions["connections"],
  ): DiffResult {
    const { state, drainLimits, departureMs, first } = this.#options;
    return diff(
      scope,
      {
        desired: this.desired,
        observed,
        ownership: state.ownership,
        drains: state.drains,
        departures: this.departures,
      },
      {
        deletions: this.#options.mayDelete() ? "allow" : "withhold",
        connections,
        nowMs: this.#options.nowMs(),
        departureMs,
        drainLimits,
        first,
        listed: (service) => this.#options.listed(service),
        hardLimitMs: (service) => this.#options.hardLimitMs(service),
      },
    );
  }

  /** Applies what a comparison found. */
  async apply(result: DiffResult): Promise<void> {
    const { host, state, device } = this.#options;
    const taken = this.#unmade.taken(result.changes, state.ownership);
    await state.add(result.adopted);
    // Ahead of the batch, like all that a restart has to know: with its mark
    // out of the set, nothing else tells whose connections they are.
    await state.drain(result.drainsStarted, []);
    await this.#growSets(result);
    await applyChanges(result.changes, {
      host,
      state,
      device,
      observed: this.observed,
      unmade: this.#unmade,
      tools: this.tools,
      nowMs: () => this.#options.nowMs(),
      flowView: flowViewOf(this.desired, this.observed, state.drains, taken),
    });
    await this.#settle(result);
  }

  /** Remembers what a comparison found that changes nothing in the kernel. */
  async note(result: DiffResult): Promise<void> {
    const { state } = this.#options;
    await state.add(result.adopted);
    await state.drain(result.drainsStarted, []);
    await this.#settle(result);
  }

  /** Tells tables that are broken from Services that are refused. */
  async proveTools(): Promise<void> {
    const { host, device, state: { ownership } } = this.#options;
    const { desired, observed } = this;
    await this.tools.prove({ host, device, desired, observed, ownership });
  }

  /** Makes the device if it is missing; whether it was. */
  async ensureDevice(): Promise<boolean> {
    if (await this.listAddresses()) return false;
    await this.#options.host.links.addDevice(this.#options.device);
    await this.listAddresses();
    return true;
  }

  async #settle(result: DiffResult): Promise<void> {
    for (const address of result.departuresEnded) {
      this.departures.delete(address);
    }
    for (const [address, goesMs] of result.departures) {
      this.departures.set(address, goesMs);
    }
    await this.#release(this.doubts.without(result.released));
    await this.#options.state.drain([], result.drainsEnded);
  }

  /** Nobody else tells of the tracked connections that others left stale. */
  async #release(things: OwnedThings): Promise<void> {
    const { state } = this.#options;
    const view = flowViewOf(this.desired, this.observed, state.drains);
    await state.addFlows(flowsLeftBy(things.virtualServers, view));
    await state.remove(things);
    this.#unmade.forget(things.virtualServers);
  }

  /** Lists the table that a refused step leaves in doubt. */
  async listAgain(step: Step, touched: Touched): Promise<void> {
    this.doubts.note(step, touched);
    if (step === "ipvs") await this.listServers([...touched.virtualServers]);
    else if (step === "sets") await this.listSets();
    else await this.listAddresses();
  }

  /** Lists virtual servers: a few by themselves, many all at once. */
  async listServers(keys: readonly VirtualServerKey[] | "all"): Promise<void> {
    const { ipvs } = this.#options.host;
    if (keys === "all" || keys.length > MAX_LISTED_ONE_BY_ONE) {
      this.observed.replaceServers(await ipvs.list());
      await this.#giveUp("all");
      this.doubts.sawServers("all");
      return;
    }
    for (const key of keys) {
      this.observed.replaceServer(key, await ipvs.listOne(key));
      await this.#giveUp([key]);
      this.doubts.sawServers([key]);
    }
  }

  async #giveUp(listed: readonly VirtualServerKey[] | "all"): Promise<void> {
    const { host: { ipvs }, state } = this.#options;
    const { observed } = this;
    await this.#unmade.giveUp(listed, { ipvs, state, observed });
  }

  /** Lists our sets. */
  async listSets(): Promise<void> {
    this.#observedSets = await this.#options.host.ipSets.list();
    this.observed.replaceSets(this.#observedSets);
  }

  /** Lists the device's addresses; false: there is no such device. */
  async listAddresses(): Promise<boolean> {
    const { host, device } = this.#options;
    const seen = await host.links.device(device);
    if (seen !== undefined && !seen.isDummy) {
      throw new Error(
        `Cannot use device "${device}": it is there and is not a dummy; ` +
          "rename it or choose another name",
      );
    }
    this.observed.replaceAddresses(seen?.addresses ?? []);
    this.doubts.sawAddresses();
    return seen !== undefined;
  }

  /** Makes the sets that are missing, too small or of another type. */
  async ensureSets(): Promise<void> {
    const listed = this.#observedSets;
    const { needs: all, desired } = this;
    const entries = entriesOfWrongSets({ needs: all, listed, desired });
    const needs = this.needs.map((need) => {
      const own = entries.get(setName(need.set, need.family));
      return own === undefined ? need : { ...need, entries: own };
    });
    try {
      const current = currentSets(this.#observedSets, this.observed.elements);
      await this.#options.host.ipSets.ensure(needs, current);
    } finally {
      await this.listSets();
    }
  }

  /** How many of our sets are missing, too small or of another type. */
  get badSets(): number {
    return this.needs.filter(({ family, set, elements }) => {
      const seen = this.#observedSets.get(setName(set, family));
      return seen === undefined || seen.type !== setType(set, family) ||
        elements > (seen.maxElements ?? Infinity);
    }).length;
  }

  async #growSets(result: DiffResult): Promise<void> {
    if (result.changes.setAdds.length === 0) return;
    const isTight = this.needs.some(({ family, set, elements }) => {
      const seen = this.#observedSets.get(setName(set, family));
      return seen !== undefined && elements > (seen.maxElements ?? Infinity);
    });
    if (!isTight) return;
    try {
      await this.ensureSets();
    } catch (error) {
      this.tools.failed("sets", this.#options.nowMs());
      throw new StepError("sets", error);
    }
  }

  /** A set that cannot be made concerns itself alone; the audit tries it. */
  #withoutMissingSets(result: DiffResult): DiffResult {
    const setAdds = result.changes.setAdds.filter((entry) =>
      this.#observedSets.has(setName(entry.set, entry.family))
    );
    if (setAdds.length === result.changes.setAdds.length) return result;
    return { ...result, changes: { ...result.changes, setAdds } };
  }

  /** Our sets, and how many elements each is to hold. */
  get needs(): { family: IpFamily; set: SetKind; elements: number }[] {
    const counts = this.desired.elementCounts;
    return this.#options.families().flatMap((family) =>
      SET_KINDS.map((set) => {
        const elements = counts.get(setName(set, family)) ?? 0;
        return { family, set, elements };
      })
    );
  }

  /** Our sets, with what they hold at most. */
  get sets(): readonly SetSize[] {
    return this.needs.map((need) => {
      const seen = this.#observedSets.get(setName(need.set, need.family));
      const most = seen?.maxElements;
      return { ...need, ...(most === undefined ? {} : { maxElements: most }) };
    });
  }
}
