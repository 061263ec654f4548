import { path } from "./json.ts";
import type { Rejections } from "./rejections.ts";
import { isDnsLabel, isDnsSubdomain, quote } from "./text.ts";

/**
 * Namespace and name of an object: "default/web".
 *
 * @returns undefined when either is not valid, with a rejection
 */
export function readNamespacedName(
  object: unknown,
  rejections: Rejections,
): string | undefined {
  const namespace = path(object, "metadata", "namespace");
  const name = readName(object, rejections);
  if (!isDnsLabel(namespace)) {
    rejections.add(
      "metadata.namespace",
      `Cannot use namespace ${quote(namespace)}: not a DNS label (RFC 1123)`,
    );
    return undefined;
  }
  return name === undefined ? undefined : `${namespace}/${name}`;
}

/**
 * Name of an object.
 *
 * @returns undefined when it is not valid, with a rejection
 */
export function readName(
  object: unknown,
  rejections: Rejections,
): string | undefined {
  const name = path(object, "metadata", "name");
  if (isDnsSubdomain(name)) return name;
  rejections.add(
    "metadata.name",
    `Cannot use name ${quote(name)}: not a DNS subdomain (RFC 1123)`,
  );
  return undefined;
}
