import type { Decoded, ServiceCidr } from "./types.ts";
import { path } from "./json.ts";
import { readName } from "./namespaced.ts";
import { readCidrs } from "./node.ts";
import { objectText, Rejections } from "./rejections.ts";
import { readList } from "./service_addresses.ts";

/**
 * Reads a ServiceCIDR of the API. Never throws, whatever the value is.
 */
export function decodeServiceCidr(object: unknown): Decoded<ServiceCidr> {
  const rejections = new Rejections(objectText("ServiceCIDR", object));
  const name = readName(object, rejections);
  if (name === undefined) return rejections.malformed();
  const field = "spec.cidrs";
  const items = readList(path(object, "spec", "cidrs"), field, rejections);
  if (items === undefined) return rejections.malformed();
  const cidrs = readCidrs(items, field, rejections);
  if (cidrs.length === 0) {
    rejections.add(field, "Cannot use a ServiceCIDR without networks");
    return rejections.malformed();
  }
  return {
    kind: "object",
    value: { name, cidrs },
    rejections: rejections.all(),
  };
}
