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
  const virtualServers = changes.ipvs.flatMap((operation) =>
    operation.verb === "add-service" ? [operation.server.key] : []
  );
  return { virtualServers, addresses: changes.addressAdds };
}

/** What some changes take: it is struck out once they are made. */
export function takenBy(changes: Changes): OwnedThings {
  const virtualServers = changes.ipvs.flatMap((operation) =>
    operation.verb === "delete-service" ? [operation.key] : []
  );
  return { virtualServers, addresses: changes.addressDeletes };
}
