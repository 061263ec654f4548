import type { Traffic } from "#apply";

/** Name of the socket in the run directory. */
export const SOCKET_NAME = "control.sock";

/** Linux takes no longer path of a socket, bytes (unix(7), sun_path). */
const MOST_PATH_BYTES = 107;

/**
 * Path of the socket in a run directory.
 *
 * @throws {RangeError} when no socket can have it
 */
export function socketPath(runDir: string): string {
  const path = `${runDir}/${SOCKET_NAME}`;
  const bytes = new TextEncoder().encode(path).length;
  if (bytes <= MOST_PATH_BYTES) return path;
  throw new RangeError(
    `the path of its socket would have ${bytes} bytes, and ` +
      `${MOST_PATH_BYTES} is the most; choose a shorter --run-dir`,
  );
}

/** What a pass would do now. */
export interface DiffReport {
  /** Whether the first pass is over, so that there is something to compare. */
  readonly isReady: boolean;
  /** Each batch with its tool as a comment before it; empty: nothing. */
  readonly lines: readonly string[];
  /** How many lines are no comments. */
  readonly changes: number;
  /** Changes that wait for their pass: they are among the lines. */
  readonly pending: number;
  /** Things of others that are left alone: "virtual server -t 10.0.0.1:80". */
  readonly foreign: readonly string[];
}

/** Live figures of one Service. */
export interface ServiceTraffic {
  /** "default/web". */
  readonly service: string;
  /** Connections in an active state. */
  readonly active: number;
  /** Connections in another state. */
  readonly inactive: number;
  /** Distinct real servers that take new connections. */
  readonly realServers: number;
  /** By the second. */
  readonly rates: Traffic;
}

/** Live figures of all Services. */
export interface TrafficReport {
  /** When they were listed, ms since 1970. */
  readonly nowMs: number;
  /** False: the kernel estimates no rates, and counts nothing. */
  readonly isEstimating: boolean;
  /** Services that have a virtual server. */
  readonly services: readonly ServiceTraffic[];
}

/** How much is logged. */
export interface LogLevel {
  /** As klog's `-v`. */
  readonly verbosity: number;
}
