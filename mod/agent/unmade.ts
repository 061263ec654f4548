import type { Ipvs } from "#apply";
import {
  type Changes,
  type IpvsOperation,
  madeBy,
  type Observed,
  type Ownership,
  sameLine,
} from "#diff";
import type { VirtualServer, VirtualServerKey } from "#plan";
import type { StateFile } from "./state_file.ts";

/** What is there under keys of ours, and is another's. */
export interface Others {
  /** Virtual servers that were there before ours could be made. */
  readonly keys: readonly VirtualServerKey[];
  /** Takes the real servers out that we put into them. */
  readonly strays: readonly IpvsOperation[];
}

/**
 * Virtual servers that were put on record to be made, and are not known to
 * have been: the batch failed, or an earlier step, or nobody could read back
 * what it did. Others may have made theirs meanwhile, however long that takes.
 * What is not as ours was to be is theirs.
 */
export class Unmade {
  readonly #servers = new Map<VirtualServerKey, VirtualServer>();

  /** They are put on record. */
  note(operations: readonly IpvsOperation[]): void {
    for (const operation of operations) {
      if (operation.verb !== "add-service") continue;
      this.#servers.set(operation.server.key, operation.server);
    }
  }

  /** Whether it is on record and perhaps not made. */
  has(key: VirtualServerKey): boolean {
    return this.#servers.has(key);
  }

  /** They are there as they were to be, or off the record. */
  forget(keys: Iterable<VirtualServerKey>): void {
    for (const key of keys) this.#servers.delete(key);
  }

  /** They were listed: forgets those that are ours, tells those that are not. */
  saw(keys: Iterable<VirtualServerKey> | "all", observed: Observed): Others {
    const others: VirtualServerKey[] = [];
    const strays: IpvsOperation[] = [];
    for (const key of keys === "all" ? [...this.#servers.keys()] : keys) {
      const server = this.#servers.get(key);
      const seen = observed.virtualServer(key);
      if (server === undefined || seen === undefined) continue;
      if (sameLine(server, seen)) {
        this.#servers.delete(key);
        continue;
      }
      others.push(key);
      // The batch went on after the line that was refused.
      for (
        const { key: realServerKey, weight } of server.realServers.values()
      ) {
        const real = seen.realServers.get(realServerKey);
        const isStray = real?.forwardingMethod === "masquerading" &&
          real.weight === weight;
        if (isStray) strays.push({ verb: "delete-server", key, realServerKey });
      }
    }
    return { keys: others, strays };
  }

  /** Of what is to be made, what was ours and others took. */
  taken(
    changes: Changes,
    ownership: Ownership,
  ): ReadonlySet<VirtualServerKey> {
    const made = madeBy(changes).virtualServers.filter((key) =>
      ownership.hasServer(key) && !this.has(key)
    );
    return new Set(made);
  }

  /**
   * What others made goes off our record, though it was put there ahead of its
   * making, and ours go out of it: who cannot do that now has to try again.
   */
  async giveUp(
    listed: readonly VirtualServerKey[] | "all",
    { ipvs, state, observed }: {
      readonly ipvs: Ipvs;
      readonly state: Pick<StateFile, "remove">;
      readonly observed: Observed;
    },
  ): Promise<void> {
    const { keys, strays } = this.saw(listed, observed);
    if (keys.length === 0) return;
    await state.remove({ virtualServers: keys, addresses: [] });
    if (strays.length > 0) {
      await ipvs.restore(strays).catch(() => ipvs.restore(strays));
      observed.confirmIpvs(strays);
    }
    this.forget(keys);
  }
}
