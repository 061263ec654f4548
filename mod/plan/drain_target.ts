import { type Branded, parseIpAddress } from "#model";
import type { Endpoint } from "./endpoints.ts";
import { realServerKey } from "./keys.ts";

/**
 * What an operator drains by hand, in canonical text: an address
 * ("10.244.1.7"), an address with a port ("10.244.1.7:8443"), or the endpoints
 * of a node ("node/worker-3").
 */
export type DrainTarget = Branded<"DrainTarget">;

const NODE =
  /^node\/([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)$/;
const LONGEST_NAME = 253;

/** Reads a target; undefined when the text is none. */
export function parseDrainTarget(text: string): DrainTarget | undefined {
  const node = NODE.exec(text)?.[1];
  if (node !== undefined) {
    return node.length <= LONGEST_NAME ? text as DrainTarget : undefined;
  }
  const whole = parseIpAddress(text);
  if (whole !== undefined) return `${whole}` as DrainTarget;
  const parts = /^(?:\[(?<v6>[^\]]+)\]|(?<v4>[^:]+)):(?<port>\d{1,5})$/
    .exec(text)?.groups;
  const address = parseIpAddress(parts?.v6 ?? parts?.v4 ?? "");
  const port = Number(parts?.port);
  if (address === undefined || !(port >= 1 && port <= 65_535)) return undefined;
  if (address.includes(":") !== (parts?.v6 !== undefined)) return undefined;
  return `${realServerKey(address, port)}` as DrainTarget;
}

/** Whether an endpoint is among what is drained by hand. */
export function isQuiesced(
  { key, state }: Endpoint,
  targets: ReadonlySet<DrainTarget>,
): boolean {
  if (targets.size === 0) return false;
  const has = (name: string): boolean => targets.has(name as DrainTarget);
  if (has(key) || has(state.address)) return true;
  return state.nodeName !== undefined && has(`node/${state.nodeName}`);
}
