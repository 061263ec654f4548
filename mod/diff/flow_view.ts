import { familyOf } from "#model";
import {
  frontendElement,
  markKey,
  type RealServerKey,
  type VirtualServerKey,
  virtualServerKey,
} from "#plan";
import type { Desired } from "./desired.ts";
import type { Drains } from "./drains.ts";
import { elementId } from "./element.ts";
import {
  type ParsedServerKey,
  parseFrontendKey,
  parseServerKey,
} from "./key.ts";
import type { Observed } from "./observed.ts";

/** What must be known of virtual servers to tell which flows are stale. */
export interface FlowView {
  /** Where clients of a virtual server send to; undefined: nobody knows. */
  frontendOf(key: VirtualServerKey): ParsedServerKey | undefined;
  /** Real servers that the kernel has for it. */
  realServersOf(key: VirtualServerKey): Iterable<RealServerKey>;
  /**
   * Whether another virtual server, by mark or by address, has real servers
   * for the same frontend and goes on.
   */
  isServedOtherwise(key: VirtualServerKey): boolean;
  /** Whether it was ours and others took it. */
  wasTaken(key: VirtualServerKey): boolean;
}

/**
 * What is wanted, what was there before the operations, and which of the
 * virtual servers that are to come others took.
 */
export function flowViewOf(
  desired: Desired,
  observed: Observed,
  drains: Drains,
  taken: ReadonlySet<VirtualServerKey> = new Set(),
): FlowView {
  function frontendOf(key: VirtualServerKey): ParsedServerKey | undefined {
    const plain = parseServerKey(key);
    if (plain !== undefined) return plain;
    const holder = desired.holder(key);
    // With its Service gone, the kernel's set still tells, or the record.
    const frontend = holder?.frontend ?? observed.frontendOfMark(key) ??
      drains.frontendOf(key);
    return frontend && parseFrontendKey(frontend);
  }
  function siblingOf(key: VirtualServerKey): VirtualServerKey | undefined {
    const frontend = frontendOf(key);
    if (frontend === undefined) return undefined;
    const { protocol, address, port } = frontend;
    const plain = virtualServerKey(protocol, address, port);
    if (key !== plain) return plain;
    const family = familyOf(address);
    const element = frontendElement(protocol, address, port);
    const id = elementId({ set: "mark", family, element });
    const mark = desired.setElement(id)?.mark;
    return mark === undefined ? undefined : markKey(mark, family);
  }
  return {
    frontendOf,
    wasTaken: (key) => taken.has(key),
    realServersOf: (key) =>
      observed.virtualServer(key)?.realServers.keys() ?? [],
    isServedOtherwise: (key) => {
      const sibling = siblingOf(key);
      return sibling !== undefined &&
        desired.virtualServer(sibling) !== undefined &&
        (observed.virtualServer(sibling)?.realServers.size ?? 0) > 0;
    },
  };
}
