/**
 * The few rules of the API server that a user of the stand-in can run into:
 * names, ports, addresses that are taken.
 *
 * @module
 */
import { addressesOf, type Allocator } from "./allocator.ts";
import { type Cause, invalid } from "./errors.ts";
import { at, type JsonObject, listOf, textOf } from "./json.ts";
import type { KindInfo } from "./kinds.ts";

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN =
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

function wrong(field: string, value: unknown, why: string): Cause {
  return {
    reason: "FieldValueInvalid",
    message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
    field,
  };
}

function nameCauses(info: KindInfo, name: string): readonly Cause[] {
  if (name === "") {
    return [{
      reason: "FieldValueRequired",
      message: "Required value: name or generateName is required",
      field: "metadata.name",
    }];
  }
  const isLabel = info.kind === "Service" || info.kind === "Namespace";
  if (isLabel && (!LABEL.test(name) || name.length > 63)) {
    return [wrong("metadata.name", name, LABEL_RULE)];
  }
  if (!isLabel && (!SUBDOMAIN.test(name) || name.length > 253)) {
    return [wrong("metadata.name", name, SUBDOMAIN_RULE)];
  }
  return [];
}

function isPort(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 &&
    value <= 65_535;
}

const PORT_RULE = "must be between 1 and 65535, inclusive";

function serviceCauses(service: JsonObject): readonly Cause[] {
  const causes: Cause[] = [];
  listOf(at(service, "spec", "ports")).forEach((port, index) => {
    const field = `spec.ports[${index}]`;
    const number = at(port, "port");
    const target = at(port, "targetPort");
    if (!isPort(number)) causes.push(wrong(`${field}.port`, number, PORT_RULE));
    if (typeof target === "number" && !isPort(target)) {
      causes.push(wrong(`${field}.targetPort`, target, PORT_RULE));
    }
  });
  return causes;
}

function takenCauses(
  service: JsonObject,
  previous: JsonObject | undefined,
  allocator: Allocator,
): readonly Cause[] {
  const mine = new Set(addressesOf(previous));
  return addressesOf(service)
    .filter((address) => !mine.has(address) && allocator.hasAddress(address))
    .map((address) =>
      wrong(
        "spec.clusterIPs",
        addressesOf(service),
        `failed to allocate IP ${address}: provided IP is already allocated`,
      )
    );
}

function changedCauses(
  service: JsonObject,
  previous: JsonObject | undefined,
): readonly Cause[] {
  const [before] = addressesOf(previous);
  const [after] = addressesOf(service);
  if (before === undefined || after === undefined || before === after) {
    return [];
  }
  return [
    wrong(
      "spec.clusterIPs[0]",
      addressesOf(service),
      "may not change once set",
    ),
  ];
}

/** Throws 422 when an object that is being written breaks a rule. */
export function validate(
  info: KindInfo,
  object: JsonObject,
  context: {
    readonly previous?: JsonObject | undefined;
    readonly allocator: Allocator;
  },
): void {
  const name = textOf(at(object, "metadata", "name"));
  const causes = [...nameCauses(info, name)];
  if (info.kind === "Service") {
    causes.push(...serviceCauses(object));
    causes.push(...changedCauses(object, context.previous));
    causes.push(...takenCauses(object, context.previous, context.allocator));
  }
  if (causes.length > 0) throw invalid(info, name, causes);
}
