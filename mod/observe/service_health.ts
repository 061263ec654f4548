import type { ServiceName } from "#model";

/** What a health-check node port tells of. */
export interface ServiceHealthInput {
  /** The Service. */
  readonly service: ServiceName;
  /** Endpoints of this node that its clients really reach. */
  readonly localEndpoints: number;
  /** Whether the proxy is healthy. */
  readonly isProxyHealthy: boolean;
  /** Whether the node is on its way out. */
  readonly isNodeLeaving: boolean;
  /** Whether the Service has this port no more. */
  readonly isClosing: boolean;
}

/**
 * Answer of a Service's health-check node port, with kube-proxy's body and
 * headers. 200 when an outside client would be answered here: an endpoint of
 * this node is in the kernel, the proxy is healthy, and neither node nor port
 * is about to go.
 */
export function answerServiceHealth(input: ServiceHealthInput): Response {
  const { service, localEndpoints, isProxyHealthy } = input;
  const isOk = localEndpoints > 0 && isProxyHealthy && !input.isNodeLeaving &&
    !input.isClosing;
  const slash = service.indexOf("/");
  const body = {
    service: {
      namespace: service.slice(0, slash),
      name: service.slice(slash + 1),
    },
    localEndpoints,
    serviceProxyHealthy: isProxyHealthy,
  };
  return new Response(JSON.stringify(body, undefined, "\t"), {
    status: isOk ? 200 : 503,
    headers: {
      "Content-Type": "application/json",
      "X-Content-Type-Options": "nosniff",
      "X-Load-Balancing-Endpoint-Weight": String(localEndpoints),
    },
  });
}
