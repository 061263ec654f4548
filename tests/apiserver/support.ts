/**
 * What the tests of the stand-in share.
 *
 * @module
 */
import { ApiError } from "./errors.ts";
import type { JsonObject } from "./json.ts";

/** The status with which something is refused; fails when it is not. */
export function refusal(action: () => unknown): JsonObject {
  try {
    action();
  } catch (error) {
    if (error instanceof ApiError) return error.status;
    throw error;
  }
  throw new Error("Cannot refuse: it was done");
}

/** A small Service. */
export function service(name: string, labels: JsonObject = {}): JsonObject {
  return {
    metadata: { name, namespace: "default", labels },
    spec: { selector: { app: name }, ports: [{ port: 80 }] },
  };
}

/** A small EndpointSlice of a Service. */
export function slice(name: string, addresses: readonly string[]): JsonObject {
  return {
    metadata: {
      name: `${name}-1`,
      namespace: "default",
      labels: { "kubernetes.io/service-name": name },
    },
    addressType: "IPv4",
    endpoints: addresses.map((address) => ({
      addresses: [address],
      conditions: { ready: true, serving: true, terminating: false },
    })),
    ports: [{ name: "", protocol: "TCP", port: 8080 }],
  };
}
