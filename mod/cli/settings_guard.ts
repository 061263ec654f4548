import type { AgentObserver } from "#agent";
import type { CommandRunner, Sysctls } from "#apply";
import { getLogger } from "@std/log";
import { inWords, setIpvsTimeouts } from "./ipvs_timeouts.ts";
import type { Settings } from "./settings_types.ts";
import { changedSysctls, type WantedSysctl } from "./sysctl_plan.ts";
import {
  CONNTRACK_TIMEOUTS,
  conntrackTimeouts,
  type IpvsTimeouts,
} from "./timeouts.ts";

/** Between two looks, ms: two processes each. */
const LOOK_MS = 120_000;

/** What guarding kernel settings takes. */
export interface SettingsGuardOptions {
  /** Configuration that holds now: what IPVS's timeouts should be. */
  settings(): Pick<Settings, "ipvsTimeouts">;
  /** Kernel settings that it asks for. */
  wanted(): readonly WantedSysctl[];
  /** Reads and writes them. */
  readonly sysctls: Sysctls;
  /** Runs ipvsadm. */
  readonly runner: CommandRunner;
  /** Never goes back, ms. */
  monotonicMs(): number;
  /** Is told how many settings were put right. */
  repaired(count: number): void;
}

/**
 * Puts kernel settings right that others have changed: another program's
 * sysctl.d, `ipvsadm --set` by hand. It looks at audits, every two minutes at
 * most. What the kernel refuses, as in a container, is tried once; another
 * value, of another configuration, is tried again.
 */
export class SettingsGuard {
  readonly #o: SettingsGuardOptions;
  /** Values that the kernel refused, by setting. */
  readonly #refused = new Map<string, string>();
  readonly #changes = new Map<string, number>();
  #nextMs: number;
  #looking: Promise<void> = Promise.resolve();
  #hasEnded = false;

  /** Timeouts of IPVS that hold; undefined: they cannot be read. */
  timeouts: IpvsTimeouts | undefined;
  /** Those of connection tracking, s, once they have been read. */
  conntrack: ReturnType<typeof conntrackTimeouts> = {};

  /** `timeouts` are those that were read at the start. */
  constructor(options: SettingsGuardOptions, timeouts?: IpvsTimeouts) {
    this.#o = options;
    this.timeouts = timeouts;
    this.#nextMs = options.monotonicMs() + LOOK_MS;
  }

  /** Looks after audits. */
  observer(): AgentObserver {
    return {
      passed: ({ reason }) => {
        const nowMs = this.#o.monotonicMs();
        if (reason !== "audit" || nowMs < this.#nextMs) return;
        if (this.#hasEnded) return;
        this.#nextMs = nowMs + LOOK_MS;
        this.#looking = this.#looking.then(() => this.look());
      },
    };
  }

  /**
   * Ends with the signal, and with no look under way: it would write what held
   * before over what the next start in this process writes.
   */
  async run(signal: AbortSignal): Promise<void> {
    if (!signal.aborted) {
      await new Promise((resolve) =>
        signal.addEventListener("abort", resolve, { once: true })
      );
    }
    this.#hasEnded = true;
    await this.#looking;
  }

  /** Reads all, and writes what is not as it should be. */
  async look(): Promise<void> {
    try {
      const count = await this.#lookAtSysctls() + await this.#lookAtTimeouts();
      if (count > 0) this.#o.repaired(count);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      getLogger("cli").warn("Cannot look at kernel settings", { reason });
    }
  }

  async #lookAtSysctls(): Promise<number> {
    const { wanted, sysctls } = this.#o;
    const all = wanted();
    const names = new Set(all.map(({ name }) => name));
    for (const name of CONNTRACK_TIMEOUTS) names.add(name);
    const present = await sysctls.read([...names]);
    this.conntrack = conntrackTimeouts(present);
    const changed = changedSysctls(all, present)
      .filter(({ name, value }) => this.#refused.get(name) !== value);
    if (changed.length === 0) return 0;
    const refused = await sysctls.write(
      new Map(changed.map(({ name, value }) => [name, value])),
    );
    for (const { name, value, why } of changed) {
      const reason = refused.get(name);
      if (reason === undefined) {
        const was = present.get(name) ?? "";
        this.#tell(name, `${name} = ${value} again (was ${was}): ${why}`);
      } else {
        this.#refused.set(name, value);
        const text = `Cannot set ${name} to ${value}: ${reason}; ${why}`;
        getLogger("cli").warn(text);
      }
    }
    return changed.length - refused.size;
  }

  async #lookAtTimeouts(): Promise<number> {
    const { settings, runner } = this.#o;
    const name = "timeouts of IPVS";
    const { ipvsTimeouts } = settings();
    const value = JSON.stringify(ipvsTimeouts);
    if (this.#refused.get(name) === value) return 0;
    const { before, now, refused } = await setIpvsTimeouts(
      { ipvsTimeouts },
      runner,
    );
    this.timeouts = now;
    if (refused !== undefined) {
      this.#refused.set(name, value);
      getLogger("cli").warn(`Cannot set the ${name}: ${refused}`);
      return 0;
    }
    if (before === undefined || now === undefined || before === now) return 0;
    this.#tell(
      name,
      `${name} = ${inWords(now)} again (was ${inWords(before)})`,
    );
    return 1;
  }

  /** Two programs that disagree are told of now and then, not for ever. */
  #tell(name: string, text: string): void {
    const times = (this.#changes.get(name) ?? 0) + 1;
    this.#changes.set(name, times);
    if ((times & (times - 1)) !== 0) return;
    getLogger("cli").warn(
      `Something else on this host changed it: set ${text}`,
      {
        times,
      },
    );
  }
}
