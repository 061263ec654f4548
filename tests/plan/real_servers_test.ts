import { assertEquals } from "@std/assert";
import { collectEndpoints, indexPorts } from "#plan";
import { toRealServers } from "../../mod/plan/real_servers.ts";
import { context, endpoint, service, slice } from "./objects.ts";

const none = { permissions: "none" } as const;
const PREFIX = "ipvs.kube-proxy.io/";

function weights(
  annotations: Record<string, string>,
  states: readonly unknown[],
): Readonly<Record<string, number>> {
  const wishing = service({}, { annotations });
  const [port] = wishing.ports;
  if (port === undefined) throw new TypeError("Cannot test without a port");
  const found = collectEndpoints(
    indexPorts([slice(states)], "ipv4").of(port),
  );
  const servers = toRealServers(found, wishing, context());
  return Object.fromEntries(
    [...servers].map(([key, { weight }]) => [key, weight]),
  );
}

Deno.test("toRealServers() weighs 1 unless asked", none, () => {
  assertEquals(weights({}, []), {});
  assertEquals(weights({}, [endpoint("10.0.0.1", "n1")]), {
    "10.0.0.1:8080": 1,
  });
});

Deno.test("toRealServers() never leaves all at weight 0", none, () => {
  const zoneB = { ...endpoint("10.0.0.2", "n2"), zone: "b" };
  const wish = { [`${PREFIX}zone-weights`]: "b=0" };
  assertEquals(weights(wish, [zoneB]), { "10.0.0.2:8080": 1 });
  assertEquals(weights(wish, [zoneB, endpoint("10.0.0.1", "n1")]), {
    "10.0.0.1:8080": 1,
    "10.0.0.2:8080": 0,
  });
});
