import type { AgentObserver, AgentSnapshot } from "#agent";
import type { Clock } from "#apply";
import { getLogger } from "@std/log";
import type { NotifySocket } from "./notify_socket.ts";

/** The start is over after so long at the latest, in ms. */
const READY_WITHIN_MS = 15_000;
/** A turn of the loop that takes longer than this hangs, in ms. */
const LATE_LIMIT_MS = 600_000;
/** Between looks at the state, where no watchdog asks for more, in ms. */
const LOOK_MS = 5_000;

/** What a service manager (systemd) asks for. */
export interface ManagerWishes {
  /** Path of the socket that it listens on. */
  readonly socket: string;
  /** It ends us after so long without a sign, in ms; absent: never. */
  readonly watchdogMs?: number;
}

/** What a service manager asks for by environment variables, if there is one. */
export function readServiceManager(
  env: (name: string) => string | undefined,
): ManagerWishes | undefined {
  const socket = env("NOTIFY_SOCKET");
  // Names in the abstract name space cannot be reached from Deno.
  if (socket === undefined || !socket.startsWith("/")) return undefined;
  const watchdogMs = Number(env("WATCHDOG_USEC")) / 1000;
  return { socket, ...(watchdogMs > 0 ? { watchdogMs } : {}) };
}

/**
 * One line about the agent, for `systemctl status`. It says "in step" only
 * while the agent is healthy: `install.sh` goes by it.
 */
export function describeState(
  { isReady, waitingFor, counts }: Pick<
    AgentSnapshot,
    "isReady" | "waitingFor" | "counts"
  >,
  whyUnhealthy?: string,
): string {
  if (!isReady) {
    return waitingFor.length > 0
      ? `waiting for the API server: ${waitingFor.join(", ")}`
      : "applying the first state";
  }
  if (whyUnhealthy !== undefined) return `not in step: ${whyUnhealthy}`;
  const { services, virtualServers, failing, drains } = counts;
  return [
    `in step: ${services} Services, ${virtualServers} virtual servers`,
    ...(drains > 0 ? [`${drains} draining`] : []),
    ...(failing > 0 ? [`${failing} failing`] : []),
  ].join(", ");
}

/** What telling a service manager takes. */
export interface ServiceManagerOptions {
  /** The way to it. */
  readonly socket: Pick<NotifySocket, "send">;
  /** It ends us after so long without a sign, in ms; absent: never. */
  readonly watchdogMs?: number;
  /** Time. */
  readonly clock: Pick<Clock, "monotonicMs" | "sleep">;
  /** State of the agent. */
  snapshot(): Pick<AgentSnapshot, "isReady" | "waitingFor" | "counts">;
  /** Why the kernel is not as it should be; undefined: it is. */
  whyUnhealthy(): string | undefined;
  /** How long the loop is at one thing, or late with one, in ms. */
  lateMs(): number;
}

/**
 * Tells a service manager of the agent: READY=1 with the first state in the
 * kernel, but no later than 15 s after the start, since a node has to boot
 * while no API server answers; the watchdog's sign only while the loop moves.
 */
export class ServiceManager {
  readonly #o: ServiceManagerOptions;
  #isReadyTold = false;
  #told = "";
  #isDeaf = false;
  #doze = new AbortController();

  /** Nothing is told before `run`. */
  constructor(options: ServiceManagerOptions) {
    this.#o = options;
  }

  /** Hears of the first pass. */
  observer(): AgentObserver {
    return { ready: () => this.#doze.abort() };
  }

  /**
   * Tells until the signal. It never says STOPPING=1: with another
   * configuration the work begins anew in the same process.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, watchdogMs = Infinity } = this.#o;
    const startedMs = clock.monotonicMs();
    const pauseMs = Math.min(LOOK_MS, watchdogMs / 3);
    const end = (): void => this.#doze.abort();
    signal.addEventListener("abort", end);
    try {
      while (!signal.aborted) {
        await this.#tell(clock.monotonicMs() - startedMs);
        if (signal.aborted) break;
        await this.#rest(pauseMs);
      }
    } finally {
      signal.removeEventListener("abort", end);
    }
    await this.#send(["STATUS=ended; the kernel's tables stay as they are"]);
  }

  async #rest(ms: number): Promise<void> {
    this.#doze = new AbortController();
    try {
      await this.#o.clock.sleep(ms, this.#doze.signal);
    } catch (error) {
      if (!this.#doze.signal.aborted) throw error;
    }
  }

  async #tell(runningMs: number): Promise<void> {
    const { snapshot, whyUnhealthy, lateMs, watchdogMs } = this.#o;
    const state = snapshot();
    const lines: string[] = [];
    if (!this.#isReadyTold && (state.isReady || runningMs >= READY_WITHIN_MS)) {
      lines.push("READY=1");
    }
    const isStuck = lateMs() > LATE_LIMIT_MS;
    const text = isStuck
      ? "the loop does not move"
      : describeState(state, whyUnhealthy());
    if (text !== this.#told) lines.push(`STATUS=${text}`);
    if (watchdogMs !== undefined && !isStuck) lines.push("WATCHDOG=1");
    if (lines.length === 0 || !await this.#send(lines)) return;
    this.#isReadyTold ||= lines[0] === "READY=1";
    this.#told = text;
  }

  /** Gives whether it was sent; what was not is sent again by the next look. */
  async #send(lines: readonly string[]): Promise<boolean> {
    try {
      await this.#o.socket.send(lines.join("\n"));
      this.#isDeaf = false;
      return true;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const logger = getLogger("cli");
      if (!this.#isDeaf) {
        logger.warn("the service manager does not listen", { reason });
      }
      this.#isDeaf = true;
      return false;
    }
  }
}
