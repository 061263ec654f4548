/**
 * The objects that every cluster has from its first moment.
 *
 * @module
 */
import type { ApiStore } from "./api_store.ts";

/** Where the API server is, for its own Service. */
export interface SeedOptions {
  /** Address of the API server; absent: its Service has no endpoints. */
  readonly address?: string;
  /** Port of the API server. */
  readonly port?: number;
  /** Service ranges. */
  readonly serviceCidrs?: readonly string[];
  /** Address of the Service `kubernetes`. */
  readonly clusterIp?: string;
}

/** Makes namespaces, the ServiceCIDR and the Service `kubernetes`. */
export function seedCluster(store: ApiStore, options: SeedOptions = {}): void {
  const {
    address,
    port = 6443,
    serviceCidrs = ["10.96.0.0/12"],
    clusterIp = "10.96.0.1",
  } = options;
  for (const name of ["default", "kube-node-lease", "kube-public"]) {
    store.create("Namespace", { metadata: { name } });
  }
  store.create("Namespace", { metadata: { name: "kube-system" } });
  store.create("ServiceCIDR", {
    metadata: { name: "kubernetes" },
    spec: { cidrs: serviceCidrs },
    status: {
      conditions: [{
        type: "Ready",
        status: "True",
        lastTransitionTime: "2026-01-01T00:00:00Z",
        reason: "",
        message: "Kubernetes default Service CIDR is ready",
      }],
    },
  });
  store.create("Service", {
    metadata: {
      name: "kubernetes",
      namespace: "default",
      labels: { component: "apiserver", provider: "kubernetes" },
    },
    spec: {
      clusterIP: clusterIp,
      ports: [{ name: "https", protocol: "TCP", port: 443, targetPort: port }],
    },
  });
  if (address === undefined) return;
  store.create("EndpointSlice", {
    metadata: {
      name: "kubernetes",
      namespace: "default",
      labels: { "kubernetes.io/service-name": "kubernetes" },
    },
    addressType: address.includes(":") ? "IPv6" : "IPv4",
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: "https", protocol: "TCP", port }],
  });
}
