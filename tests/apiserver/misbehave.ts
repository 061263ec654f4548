/**
 * Faults of requests, done to them.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { expired, failure, tooManyRequests } from "./errors.ts";
import type { Faults, FaultTarget } from "./faults.ts";

/**
 * Does what the faults of a request say; true when it gets no answer. Throws
 * the refusals that were asked for.
 */
export async function misbehave(
  faults: Faults,
  target: FaultTarget,
  request: IncomingMessage,
): Promise<boolean> {
  const ms = faults.takeDelay(target);
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
  const fault = faults.takeForRequest(target);
  switch (fault?.fault) {
    case "stall":
      return true;
    case "drop":
      request.socket.destroy();
      return true;
    case "gone":
      throw expired("The provided resource version is too old.");
    case "status":
      if (fault.code === 429) {
        throw tooManyRequests(fault.retryAfterSeconds ?? 1);
      }
      throw failure(fault.code, "a fault that was asked for");
    default:
      return false;
  }
}
