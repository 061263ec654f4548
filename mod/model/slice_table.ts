import type { EndpointSlice, ServiceName } from "./types.ts";
import {
  isSamePacked,
  type PackedSlice,
  packSlice,
  unpackSlice,
} from "./packed_slice.ts";

/** Slices by name and by the Service that they belong to; packed. */
export class SliceTable {
  readonly #slices = new Map<string, PackedSlice>();
  readonly #byService = new Map<ServiceName, readonly PackedSlice[]>();
  #endpointCount = 0;

  /**
   * Keeps a slice; gives the Services whose endpoints changed: two when the
   * slice moved from one to another.
   */
  put(slice: EndpointSlice): readonly ServiceName[] {
    const packed = packSlice(slice);
    const previous = this.#slices.get(slice.name);
    const isKnown = previous !== undefined && isSamePacked(previous, packed);
    if (previous !== undefined) this.#remove(previous);
    this.#slices.set(slice.name, packed);
    const siblings = this.#byService.get(slice.service) ?? [];
    this.#byService.set(slice.service, insert(siblings, packed));
    this.#endpointCount += packed.count;
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

  /** Slices of a Service, sorted by name; made anew for each caller. */
  of(service: ServiceName): readonly EndpointSlice[] {
    return (this.#byService.get(service) ?? []).map(unpackSlice);
  }

  /** How many endpoints all slices have. */
  get endpointCount(): number {
    return this.#endpointCount;
  }

  #remove(slice: PackedSlice): void {
    this.#slices.delete(slice.name);
    this.#endpointCount -= slice.count;
    const siblings = this.#byService.get(slice.service) ?? [];
    const rest = siblings.toSpliced(siblings.indexOf(slice), 1);
    if (rest.length === 0) this.#byService.delete(slice.service);
    else this.#byService.set(slice.service, rest);
  }
}

/** A new list, sorted by name: slices of one Service are few. */
function insert(
  slices: readonly PackedSlice[],
  slice: PackedSlice,
): readonly PackedSlice[] {
  const at = slices.findIndex(({ name }) => slice.name < name);
  const end = at < 0 ? slices.length : at;
  return slices.toSpliced(end, 0, slice);
}
