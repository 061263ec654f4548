import { assertEquals } from "@std/assert";
import type { ServiceName } from "../../mod/model/types.ts";
import {
  answerServiceHealth,
  type ServiceHealthInput,
} from "../../mod/observe/service_health.ts";

const NOTHING = { permissions: "none" } as const;
const WELL: ServiceHealthInput = {
  service: "default/web" as ServiceName,
  localEndpoints: 2,
  isProxyHealthy: true,
  isNodeLeaving: false,
  isClosing: false,
};

for (
  const [name, change, status] of [
    ["has endpoints here", {}, 200],
    ["has none here", { localEndpoints: 0 }, 503],
    ["is on an unhealthy node", { isProxyHealthy: false }, 503],
    ["is on a node that is being deleted", { isNodeLeaving: true }, 503],
    ["is being closed", { isClosing: true }, 503],
  ] as const
) {
  Deno.test(
    `health-lies: a Service that ${name} gets ${status} at its own port`,
    NOTHING,
    async () => {
      const response = answerServiceHealth({ ...WELL, ...change });
      assertEquals(response.status, status);
      const { localEndpoints, serviceProxyHealthy } = await response.json();
      assertEquals(
        response.headers.get("x-load-balancing-endpoint-weight"),
        String(localEndpoints),
      );
      assertEquals(serviceProxyHealthy, !("isProxyHealthy" in change));
    },
  );
}

Deno.test("answerServiceHealth() has kube-proxy's text", NOTHING, async () => {
  const response = answerServiceHealth(WELL);
  assertEquals(
    await response.text(),
    `{
\t"service": {
\t\t"namespace": "default",
\t\t"name": "web"
\t},
\t"localEndpoints": 2,
\t"serviceProxyHealthy": true
}`,
  );
  assertEquals(response.headers.get("content-type"), "application/json");
  assertEquals(response.headers.get("x-content-type-options"), "nosniff");
});
