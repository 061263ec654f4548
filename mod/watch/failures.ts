import type { ReflectorState, WatchFailure } from "./reflector_types.ts";
import { parseStatusText, quote, type WireStatus } from "./wire.ts";

/**
 * What a failure means to list and watch.
 *
 * - `expired`: the resourceVersion or the token is too old
 * - `ahead`: the server has not reached the resourceVersion yet
 * - `unsupported`: the server does not understand the request
 * - `absent`: there is no such resource
 * - `busy`: it asks to come back later
 * - `denied`: the credential is not accepted
 * - `forbidden`: this user may not
 * - `broken`: all else
 */
export type FailureMeaning =
  | "expired"
  | "ahead"
  | "unsupported"
  | "absent"
  | "busy"
  | "denied"
  | "forbidden"
  | "broken";

/** A failure, understood. */
export interface Understood {
  /** Class of the failure. */
  readonly meaning: FailureMeaning;
  /** Wait that the server asked for, in seconds; 0: none. */
  readonly retryAfterSeconds: number;
  /** For humans. */
  readonly message: string;
}

const MEANINGS: ReadonlyMap<number, FailureMeaning> = new Map([
  [400, "unsupported"],
  [401, "denied"],
  [403, "forbidden"],
  [404, "absent"],
  [410, "expired"],
  [422, "unsupported"],
  [429, "busy"],
]);

/**
 * A server that is back and has lost its history keeps nobody waiting as if
 * it were still away: the list follows as after so many failures, at most.
 */
const GAP_ATTEMPTS = 3;

/** Understands a refused, unanswered or broken request. */
export function understand(failure: WatchFailure): Understood {
  const status = parseStatusText(failure.body);
  const understood = understandStatus({
    ...status,
    code: failure.status === 0 ? status.code : failure.status,
  });
  return {
    meaning: understood.meaning,
    retryAfterSeconds: failure.retryAfterSeconds ??
      understood.retryAfterSeconds,
    message: failure.message === "" ? understood.message : failure.message,
  };
}

/** Failures in a row, this one included. */
export function attemptsAfter(
  { attempts, versionRefused }: ReflectorState,
  { meaning }: Understood,
): number {
  const isNewGap = !versionRefused &&
    (meaning === "expired" || meaning === "ahead");
  return (isNewGap ? Math.min(attempts, GAP_ATTEMPTS) : attempts) + 1;
}

/** Understands a Status, from a body or from inside a watch. */
export function understandStatus(status: WireStatus): Understood {
  const meaning = meaningOf(status);
  return {
    meaning,
    retryAfterSeconds: status.retryAfterSeconds,
    message: explain(status, meaning),
  };
}

function meaningOf(status: WireStatus): FailureMeaning {
  const { reason, causes, message } = status;
  if (
    causes.includes("ResourceVersionTooLarge") ||
    message.includes("Too large resource version")
  ) return "ahead";
  if (reason === "Expired" || reason === "Gone") return "expired";
  return MEANINGS.get(status.code) ?? "broken";
}

function explain(status: WireStatus, meaning: FailureMeaning): string {
  const code = status.code === 0 ? "no HTTP status" : `HTTP ${status.code}`;
  const said = status.message === "" ? code : `${code}, ${quoted(status)}`;
  if (status.code === 401) {
    return `The API server does not accept the credential (${said}): it is ` +
      "expired, revoked or of another cluster; renew the token or client " +
      "certificate that the kubeconfig names (trying again)";
  }
  if (status.code === 403) {
    return `The API server knows this user but does not allow it (${said}): ` +
      "bind it to a ClusterRole with list and watch on services, " +
      "endpointslices, nodes and servicecidrs (trying again)";
  }
  if (meaning === "busy") return `The API server is busy (${said})`;
  return `The API server refused (${said})`;
}

/** A message of the server, with control characters escaped. */
function quoted(status: WireStatus): string {
  const text = status.message.slice(0, 300);
  // deno-lint-ignore no-control-regex -- they must not reach a log
  return /[\u0000-\u001f\u007f]/.test(text) ? quote(text) : text;
}
