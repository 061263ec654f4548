import type { Agent, SourceEvent } from "#agent";
import {
  decodeEndpointSlice,
  decodeNode,
  decodeService,
  decodeServiceCidr,
} from "#model";
import {
  endpointSliceSpec,
  follow,
  type FollowOptions,
  nodeSpec,
  type ResourceSpec,
  serviceCidrSpec,
  serviceSpec,
  type WatchEvent,
} from "#watch";
import { getLogger } from "@std/log";

/** Where events go. */
export interface Consumer extends Pick<Agent, "handle" | "checkRules"> {
  /** What the rules depend on, as text. */
  rulesKey(): string;
  /** Is waited for before the agent hears that all Services are known. */
  beforeServices(): Promise<void>;
}

/** Follows one kind of object and hands its events on, until the signal. */
async function feed<Resource>(
  spec: ResourceSpec<Resource>,
  options: FollowOptions,
  handle: (event: WatchEvent<Resource>) => void | Promise<void>,
): Promise<void> {
  const logger = getLogger("watch");
  for await (const batch of follow(spec, options)) {
    for (const event of batch) {
      if (event.kind === "desynced") {
        logger.warn("cannot follow at present; the last state stands", {
          kind: spec.kind,
          reason: event.reason,
        });
      } else if (event.kind === "garbage") {
        logger.warn("skipped what cannot be read", {
          kind: spec.kind,
          reason: event.reason,
        });
      } else if (event.kind === "synced") {
        logger.info("in step with the API server", { kind: spec.kind });
      }
      await handle(event);
    }
  }
}

/**
 * Follows everything that the agent must know of, until the signal. Rules
 * depend on this node and on ServiceCIDRs: when what they need of these
 * changes, the agent looks at the rules.
 */
export async function feedAll(
  agent: Consumer,
  nodeName: string,
  options: FollowOptions,
): Promise<void> {
  let rulesKey = agent.rulesKey();
  function handleForRules(input: SourceEvent): void {
    agent.handle(input);
    const key = agent.rulesKey();
    if (key !== rulesKey) agent.checkRules();
    rulesKey = key;
  }
  await Promise.all([
    feed(serviceSpec(decodeService), options, async (event) => {
      if (event.kind === "synced") await agent.beforeServices();
      agent.handle({ source: "Service", event });
    }),
    feed(endpointSliceSpec(decodeEndpointSlice), options, (event) => {
      agent.handle({ source: "EndpointSlice", event });
    }),
    feed(nodeSpec(nodeName, decodeNode), options, (event) => {
      handleForRules({ source: "Node", event });
    }),
    feed(serviceCidrSpec(decodeServiceCidr), options, (event) => {
      handleForRules({ source: "ServiceCIDR", event });
    }),
  ]);
}
