import { type Host, type ObservedSet, setType } from "#apply";
import {
  Desired,
  diff,
  type DiffOptions,
  type DiffResult,
  type DrainLimits,
  type IpvsOperation,
  Observed,
  type ParsedServerKey,
  parseFrontendKey,
  type Touched,
} from "#diff";
import type { IpAddress, ServiceName } from "#model";
import {
  type RealServerKey,
  SET_KINDS,
  type SetEntry,
  type SetKind,
  setName,
  type VirtualServerKey,
} from "#plan";
import type { IpFamily } from "#model";
import { applyChanges, type Step } from "./applier.ts";
import type { StateFile } from "./state_file.ts";

/** More virtual servers than these are listed all at once. */
const MAX_LISTED_ONE_BY_ONE = 4;
/** What a `Kernel` works with. */
export interface KernelOptions {
  /** Doors to the host. */
  readonly host: Host;
  /** Record of what is ours. */
  readonly state: StateFile;
  /** Name of the device. */
  readonly device: string;
  /** Families that are served. */
  families(): readonly IpFamily[];
  /** Limits of drains. */
  readonly drainLimits: DrainLimits;
  /** How long an address outlives its virtual servers, ms. */
  readonly departureMs: number;
  /** Services that go first. */
  readonly first: ReadonlySet<ServiceName>;
  /** Time, ms since 1970, without jumps. */
  nowMs(): number;
  /** Real servers that any slice of a Service lists. */
  listed(service: ServiceName): ReadonlySet<RealServerKey>;
  /** Hard limit of a Service's drains, ms. */
  hardLimitMs(service: ServiceName): number | undefined;
}

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

  /** Compares; changes nothing. */
  compare(
    scope: Touched | "all",
    connections: DiffOptions["connections"],
  ): DiffResult {
    const { state, drainLimits, departureMs, first } = this.#options;
    const result = diff(
      scope,
      {
        desired: this.desired,
        observed: this.observed,
        ownership: state.ownership,
        drains: state.drains,
        departures: this.departures,
      },
      {
        deletions: "allow",
        connections,
        nowMs: this.#options.nowMs(),
        departureMs,
        drainLimits,
        first,
        listed: (service) => this.#options.listed(service),
        hardLimitMs: (service) => this.#options.hardLimitMs(service),
      },
    );
    return this.#withoutMissingSets(result);
  }

  /** Applies what a comparison found. */
  async apply(result: DiffResult): Promise<void> {
    const { host, state, device } = this.#options;
    await state.add(result.adopted);
    await this.#growSets(result);
    await applyChanges(result.changes, {
      host,
      state,
      device,
      observed: this.observed,
      frontendOfMark: (key) => this.#frontendOfMark(key),
    });
    await this.#settle(result);
  }

  /** Takes real servers of ours out of others' virtual servers. */
  async takeBack(operations: readonly IpvsOperation[]): Promise<void> {
    const { ipvs } = this.#options.host;
    await ipvs.restore(operations).catch(() => ipvs.restore(operations));
    this.observed.confirmIpvs(operations);
  }

  /** Remembers what a comparison found that changes nothing in the kernel. */
  async note(result: DiffResult): Promise<void> {
    await this.#options.state.add(result.adopted);
    await this.#settle(result);
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
    const { drainsStarted, drainsEnded } = result;
    if (drainsStarted.length + drainsEnded.length === 0) return;
    await this.#options.state.drain(drainsStarted, drainsEnded);
  }

  /** Lists the table that a refused step leaves in doubt. */
  async listAgain(step: Step, touched: Touched): Promise<void> {
    if (step === "ipvs") await this.listServers([...touched.virtualServers]);
    else if (step === "sets") await this.listSets();
    else await this.listAddresses();
  }

  /** Lists virtual servers: a few by themselves, many all at once. */
  async listServers(keys: readonly VirtualServerKey[] | "all"): Promise<void> {
    const { ipvs } = this.#options.host;
    if (keys === "all" || keys.length > MAX_LISTED_ONE_BY_ONE) {
      this.observed.replaceServers(await ipvs.list());
      return;
    }
    for (const key of keys) {
      this.observed.replaceServer(key, await ipvs.listOne(key));
    }
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
    return seen !== undefined;
  }

  /** Makes the sets that are missing, too small or of another type. */
  async ensureSets(): Promise<void> {
    const entries = this.#entriesOfWrongSets();
    const needs = this.#needs().map((need) => {
      const own = entries.get(setName(need.set, need.family));
      return own === undefined ? need : { ...need, entries: own };
    });
    try {
      await this.#options.host.ipSets.ensure(needs, this.#currentSets());
    } finally {
      await this.listSets();
    }
  }

  /** Sets as they were listed, with what has been added and deleted since. */
  #currentSets(): ReadonlyMap<string, ObservedSet> {
    const elements = new Map<string, Map<string, number | undefined>>();
    for (const name of this.#observedSets.keys()) elements.set(name, new Map());
    for (const [id, mark] of this.observed.elements) {
      const space = id.indexOf(" ");
      elements.get(id.slice(0, space))?.set(id.slice(space + 1), mark);
    }
    return new Map(
      [...this.#observedSets].map(([name, set]) =>
        [name, {
          ...set,
          elements: elements.get(name) ?? set.elements,
        }] as const
      ),
    );
  }

  /** What those sets are to hold whose elements are of another type. */
  #entriesOfWrongSets(): ReadonlyMap<string, readonly SetEntry[]> {
    const entries = new Map<string, SetEntry[]>();
    for (const { set, family } of this.#needs()) {
      const name = setName(set, family);
      const seen = this.#observedSets.get(name);
      if (seen === undefined || seen.type === setType(set, family)) continue;
      entries.set(name, []);
    }
    if (entries.size === 0) return entries;
    for (const [, entry] of this.desired.elements()) {
      entries.get(setName(entry.set, entry.family))?.push(entry);
    }
    return entries;
  }

  /** How many of our sets are missing, too small or of another type. */
  get badSets(): number {
    return this.#needs().filter(({ family, set, elements }) => {
      const seen = this.#observedSets.get(setName(set, family));
      return seen === undefined || seen.type !== setType(set, family) ||
        elements > (seen.maxElements ?? Infinity);
    }).length;
  }

  async #growSets(result: DiffResult): Promise<void> {
    if (result.changes.setAdds.length === 0) return;
    const isTight = this.#needs().some(({ family, set, elements }) => {
      const seen = this.#observedSets.get(setName(set, family));
      return seen !== undefined && elements > (seen.maxElements ?? Infinity);
    });
    if (isTight) await this.ensureSets();
  }

  /** A set that cannot be made concerns itself alone; the audit tries it. */
  #withoutMissingSets(result: DiffResult): DiffResult {
    const setAdds = result.changes.setAdds.filter((entry) =>
      this.#observedSets.has(setName(entry.set, entry.family))
    );
    if (setAdds.length === result.changes.setAdds.length) return result;
    return { ...result, changes: { ...result.changes, setAdds } };
  }

  #needs(): { family: IpFamily; set: SetKind; elements: number }[] {
    const counts = this.desired.elementCounts;
    return this.#options.families().flatMap((family) =>
      SET_KINDS.map((set) => {
        const elements = counts.get(setName(set, family)) ?? 0;
        return { family, set, elements };
      })
    );
  }

  #frontendOfMark(key: VirtualServerKey): ParsedServerKey | undefined {
    const holder = this.desired.holder(key);
    if (holder !== undefined) return parseFrontendKey(holder.frontend);
    // Its Service is gone; the set still says whose mark it was.
    const frontend = this.observed.frontendOfMark(key);
    return frontend && parseFrontendKey(frontend);
  }
}
