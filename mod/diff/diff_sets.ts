import type { IpAddress } from "#model";
import type { DiffContext } from "./diff.ts";
import { addressEntry, elementId, parseElementId } from "./element.ts";

/** Compares one address of the device. */
export function compareAddress(
  address: IpAddress,
  context: DiffContext,
): void {
  const { state, options, out } = context;
  const { desired, observed, ownership, departures } = state;
  const departing = departures.get(address);
  const isSeen = observed.hasAddress(address);
  if (desired.hasAddress(address)) {
    if (departing !== undefined) out.departuresEnded.push(address);
    if (!isSeen) out.addressAdds.push(address);
    else if (!ownership.hasAddress(address)) {
      out.adopted.addresses.push(address);
    }
    return;
  }
  if (!isSeen) {
    if (departing !== undefined) out.departuresEnded.push(address);
    if (options.deletions === "allow" && ownership.hasAddress(address)) {
      out.released.addresses.push(address);
    }
    return;
  }
  if (!ownership.hasAddress(address)) {
    out.foreign.push({ kind: "address", name: address, inTheWay: false });
    return;
  }
  if (options.deletions === "withhold") return;
  const goesMs = departing ?? options.nowMs + options.departureMs;
  if (goesMs > options.nowMs) out.departures.set(address, goesMs);
  else deleteAddress(address, context);
}

/** An address goes, and with it its guard. */
function deleteAddress(
  address: IpAddress,
  { state: { desired, observed }, out }: DiffContext,
): void {
  out.departuresEnded.push(address);
  out.addressDeletes.push(address);
  const guard = addressEntry(address);
  const id = elementId(guard);
  // An address that a route reaches is on no device and has a guard all the same.
  const isWanted = desired.setElement(id) !== undefined;
  if (!isWanted && observed.hasElement(id)) out.setDeletes.push(guard);
}

/** Compares one set element. */
export function compareElement(id: string, context: DiffContext): void {
  const { state: { desired, observed }, options, out } = context;
  const wanted = desired.setElement(id);
  const isSeen = observed.hasElement(id);
  if (wanted !== undefined) {
    const equal = isSeen && observed.markOfElement(id) === wanted.mark;
    if (!equal) out.setAdds.push(wanted);
    return;
  }
  if (!isSeen) return;
  const entry = parseElementId(id);
  if (options.deletions === "withhold" || entry === undefined) return;
  if (guardsAddress(entry, context)) return;
  out.setDeletes.push(entry);
}

/** Whether it is the guard of an address that still has to go. */
function guardsAddress(
  entry: { readonly set: string; readonly element: string },
  { state: { observed, ownership } }: DiffContext,
): boolean {
  const address = entry.element as IpAddress;
  return entry.set === "addresses" && observed.hasAddress(address) &&
    ownership.hasAddress(address);
}
