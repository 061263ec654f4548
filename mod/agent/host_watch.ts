import type { Desired } from "#diff";
import { parseMonitorLine } from "./monitor.ts";
import { reasonOf, type Status } from "./status.ts";
import type { AgentOptions } from "./types.ts";

/** Changes of the host's addresses are gathered for so long, ms. */
const HOST_SETTLE_MS = 100;
/** Between tries to follow `ip monitor`, ms. */
const MONITOR_RETRY_MS = 1_000;

/** What following the host's links needs. */
export interface HostWatchOptions {
  /** Name of our device. */
  readonly device: string;
  /** What is wanted on it. */
  readonly desired: Desired;
  /** For warnings. */
  readonly status: Status;
  /** A local route has gone. */
  doubtRoutes(): void;
  /** Has the loop look. */
  wake(): void;
}

/** Follows `ip monitor` and notes what has to be looked at. */
export class HostWatch {
  readonly #agent: Pick<AgentOptions, "clock" | "monitor">;
  readonly #o: HostWatchOptions;

  /** Our device may be gone, or lack an address. */
  deviceInDoubt = false;
  /** When the host's addresses are to be listed, monotonic ms. */
  hostMs = Infinity;

  /** Nothing is followed before `run`. */
  constructor(
    agent: Pick<AgentOptions, "clock" | "monitor">,
    options: HostWatchOptions,
  ) {
    this.#agent = agent;
    this.#o = options;
  }

  /** Follows until the signal; starts anew when the monitor ends. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, monitor } = this.#agent;
    while (monitor !== undefined && !signal.aborted) {
      try {
        for await (const line of monitor(signal)) this.#notice(line);
      } catch (error) {
        if (!signal.aborted) {
          this.#o.status.warn(
            `Cannot follow the host's links: ${reasonOf(error)}`,
          );
        }
      }
      if (signal.aborted) return;
      await clock.sleep(MONITOR_RETRY_MS, signal).catch(() => {});
      this.deviceInDoubt = true;
      this.hostMs = 0;
      this.#o.wake();
    }
  }

  /** Our own changes show up here too: only what is not wanted counts. */
  #notice(line: string): void {
    const event = parseMonitorLine(line);
    if (event === undefined) return;
    if (event.kind === "route") this.#o.doubtRoutes();
    else if (event.device !== this.#o.device) {
      if (event.kind !== "address") return;
      const atMs = this.#agent.clock.monotonicMs() + HOST_SETTLE_MS;
      this.hostMs = Math.min(this.hostMs, atMs);
    } else if (
      event.kind === "link" ||
      event.isDeleted && this.#o.desired.hasAddress(event.address)
    ) this.deviceInDoubt = true;
    else return;
    this.#o.wake();
  }
}
