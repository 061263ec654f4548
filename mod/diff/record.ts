import type { RealServerKey, VirtualServerKey } from "#plan";
import { elementId } from "./element.ts";
import type { Changes, OwnedThings } from "./types.ts";

/** Changes that do nothing. */
export const NO_CHANGES: Changes = {
  setAdds: [],
  ipvs: [],
  addressAdds: [],
  addressDeletes: [],
  setDeletes: [],
};

/** How many lines the batches of some changes have. */
export function countChanges(changes: Changes): number {
  return changes.setAdds.length + changes.ipvs.length +
    changes.addressAdds.length + changes.addressDeletes.length +
    changes.setDeletes.length;
}

/** What some changes make: it is recorded as ours before they are made. */
export function madeBy(changes: Changes): OwnedThings {
  const virtualServers: VirtualServerKey[] = [];
  const realServers: [VirtualServerKey, RealServerKey][] = [];
  for (const operation of changes.ipvs) {
    if (operation.verb === "add-service") {
      virtualServers.push(operation.server.key);
    } else if (operation.verb === "add-server") {
      realServers.push([operation.key, operation.realServer.key]);
    }
  }
  return {
    virtualServers,
    realServers,
    addresses: changes.addressAdds,
    elements: changes.setAdds.map(elementId),
  };
}

/** What some changes take: it is struck out once they are made. */
export function takenBy(changes: Changes): OwnedThings {
  const virtualServers: VirtualServerKey[] = [];
  const realServers: [VirtualServerKey, RealServerKey][] = [];
  for (const operation of changes.ipvs) {
    if (operation.verb === "delete-service") {
      virtualServers.push(operation.key);
    } else if (operation.verb === "delete-server") {
      realServers.push([operation.key, operation.realServerKey]);
    }
  }
  return {
    virtualServers,
    realServers,
    addresses: changes.addressDeletes,
    elements: changes.setDeletes.map(elementId),
  };
}
