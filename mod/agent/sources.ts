import type { WatchEvent } from "#watch";
import type {
  ClusterModel,
  ClusterNode,
  Decoded,
  Dirty,
  EndpointSlice,
  Service,
  ServiceCidr,
} from "#model";
import type { SourceKind } from "./types.ts";

/** Event of any of the kinds that are followed. */
export type SourceEvent =
  | {
    readonly source: "Service";
    readonly event: WatchEvent<Decoded<Service>>;
  }
  | {
    readonly source: "EndpointSlice";
    readonly event: WatchEvent<Decoded<EndpointSlice>>;
  }
  | {
    readonly source: "Node";
    readonly event: WatchEvent<Decoded<ClusterNode>>;
  }
  | {
    readonly source: "ServiceCIDR";
    readonly event: WatchEvent<Decoded<ServiceCidr>>;
  };

/** Folds an event into the model; gives the Services that it made dirty. */
export function foldEvent(model: ClusterModel, input: SourceEvent): Dirty {
  const { source, event } = input;
  if (event.kind !== "upsert" && event.kind !== "delete") return [];
  const { key } = event;
  switch (source) {
    case "Service":
      return event.kind === "delete"
        ? model.deleteService(key)
        : model.upsertService(key, event.object);
    case "EndpointSlice":
      return event.kind === "delete"
        ? model.deleteSlice(key)
        : model.upsertSlice(key, event.object);
    case "Node":
      return event.kind === "delete"
        ? model.deleteNode(key)
        : model.upsertNode(key, event.object);
    case "ServiceCIDR":
      return event.kind === "delete"
        ? model.deleteServiceCidr(key)
        : model.upsertServiceCidr(key, event.object);
  }
}

/** Which sources have not delivered their first list. */
export class Readiness {
  readonly #waiting: Set<SourceKind>;
  /** Whether a snapshot stands in for what has not been listed. */
  isProvisional = false;

  /** `sources` are those to wait for. */
  constructor(sources: readonly SourceKind[]) {
    this.#waiting = new Set(sources);
  }

  /** Sources that have not been listed. */
  get waitingFor(): readonly SourceKind[] {
    return [...this.#waiting];
  }

  /** Whether all have been listed once. */
  get isComplete(): boolean {
    return this.#waiting.size === 0;
  }

  /** Whether enough is known to make what is wanted. */
  get mayMake(): boolean {
    return this.isComplete || this.isProvisional;
  }

  /** Takes the word of a source that it has been listed. */
  note({ source, event }: SourceEvent): void {
    if (event.kind === "synced") this.#waiting.delete(source);
  }
}
