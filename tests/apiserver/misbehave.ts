/**
 * Faults of requests, done to them.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { expired, failure, tooManyRequests } from "./errors.ts";
import type { Fault, Faults, FaultTarget } from "./faults.ts";

/**
 * Does what the faults of a request say; true when it gets no answer. Throws
 * the refusals that were asked for.
 */
export async function misbehave(
  faults: Faults,
  target: FaultTarget,
  request: IncomingMessage,
): Promise<boolean> {
  let fault: Fault | undefined;
  while ((fault = faults.takeForRequest(target)) !== undefined) {
    switch (fault.fault) {
      case "latency": {
        const { ms } = fault;
        await new Promise((resolve) => setTimeout(resolve, ms));
        continue;
      }
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
    }
  }
  return false;
}
