/** Objects of the API for the tests of this folder. */

/** A Service with what a test changes laid over its spec. */
export function service(
  spec: Record<string, unknown> = {},
  rest: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    metadata: { namespace: "default", name: "web", uid: "u-1" },
    spec: {
      clusterIP: "10.96.0.10",
      clusterIPs: ["10.96.0.10"],
      ipFamilies: ["IPv4"],
      ports: [{ port: 80 }],
      ...spec,
    },
    ...rest,
  };
}

/** A slice of `default/web` with one endpoint. */
export function slice(
  rest: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    metadata: {
      namespace: "default",
      name: "web-1",
      labels: { "kubernetes.io/service-name": "web" },
    },
    addressType: "IPv4",
    ports: [{ name: "", port: 8080 }],
    endpoints: [{ addresses: ["10.244.0.1"], nodeName: "n1" }],
    ...rest,
  };
}

/** A node with one address. */
export function node(
  name: string,
  addresses: readonly string[],
  labels: Record<string, string> = {},
): Record<string, unknown> {
  return {
    metadata: { name, labels },
    status: {
      addresses: addresses.map((address) => ({ type: "InternalIP", address })),
    },
  };
}
