import type { EndpointSlice, ServiceName } from "./types.ts";
import { isSame } from "./same.ts";

/** Slices by name and by the Service that they belong to. */
export class SliceTable {
  readonly #slices = new Map<string, EndpointSlice>();
  readonly #byService = new Map<ServiceName, Map<string, EndpointSlice>>();
  #endpointCount = 0;

  /**
   * Keeps a slice; gives the Services whose endpoints changed: two when the
   * slice moved from one to another.
   */
  put(slice: EndpointSlice): readonly ServiceName[] {
    const previous = this.#slices.get(slice.name);
    const isKnown = previous !== undefined && isSameContent(previous, slice);
    if (previous !== undefined) this.#remove(previous);
    this.#slices.set(slice.name, slice);
    const siblings = this.#byService.get(slice.service) ?? new Map();
    this.#byService.set(slice.service, siblings.set(slice.name, slice));
    this.#endpointCount += slice.endpoints.length;
    if (isKnown) return [];
    return previous === undefined || previous.service === slice.service
      ? [slice.service]
      : [previous.service, slice.service];
  }

  /** Forgets a slice; gives its Service if the slice was known. */
  delete(key: string): readonly ServiceName[] {
    const previous = this.#slices.get(key);
    if (previous === undefined) return [];
    this.#remove(previous);
    return [previous.service];
  }

  /** Slices of a Service, sorted by name. */
  of(service: ServiceName): readonly EndpointSlice[] {
    const siblings = this.#byService.get(service);
    if (siblings === undefined) return [];
    return [...siblings.values()].sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** How many endpoints all slices have. */
  get endpointCount(): number {
    return this.#endpointCount;
  }

  #remove(slice: EndpointSlice): void {
    this.#slices.delete(slice.name);
    this.#endpointCount -= slice.endpoints.length;
    const siblings = this.#byService.get(slice.service);
    siblings?.delete(slice.name);
    if (siblings?.size === 0) this.#byService.delete(slice.service);
  }
}

/** The trigger time is for a metric only: it changes no plan. */
function isSameContent(a: EndpointSlice, b: EndpointSlice): boolean {
  return a.service === b.service && a.family === b.family &&
    isSame(a.ports, b.ports) && isSame(a.endpoints, b.endpoints);
}
