import type { Agent } from "#agent";
import type { LogControl } from "#observe";
import type { ReadyHost } from "./compose.ts";
import type { ViewOptions } from "./host_view.ts";
import type { LiveSettings } from "./live_settings.ts";
import type { IpvsTimeouts } from "./timeouts.ts";

/** What a change of the configuration reaches. */
export interface TakeOverOptions {
  /** The loop. */
  readonly agent: Pick<Agent, "settingsChanged">;
  /** What plans and rules are made from. */
  readonly view: Pick<ViewOptions, "settings">;
  /** Writes kernel settings. */
  readonly ready: Pick<ReadyHost, "writeKernelSettings">;
  /** The logs; absent: they cannot be changed. */
  readonly logs?: Pick<LogControl, "setVerbosity">;
  /** Told the timeouts of IPVS that hold now. */
  told(timeouts: IpvsTimeouts): void;
}

/**
 * Has changes of the configuration that need no other start take effect:
 * kernel settings first, since those may fail.
 */
export function takeOver(
  live: LiveSettings | undefined,
  { agent, view, ready, logs, told }: TakeOverOptions,
): void {
  live?.attach(async (next, parts) => {
    if (parts.has("kernel")) {
      const timeouts = await ready.writeKernelSettings(next);
      if (timeouts !== undefined) told(timeouts);
    }
    if (parts.has("logs")) logs?.setVerbosity(next.verbosity);
    view.settings = next;
    agent.settingsChanged({
      minSyncMs: next.minSyncPeriodMs,
      syncMs: next.syncPeriodMs,
    });
  });
}
