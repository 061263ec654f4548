import { assert, assertEquals } from "@std/assert";
import { collectEndpoints, type DrainTarget, indexPorts } from "#plan";
import { toRealServers } from "../../mod/plan/real_servers.ts";
import { context, endpoint, service, slice } from "./objects.ts";

const none = { permissions: "none" } as const;
const PREFIX = "ipvs.kube-proxy.io/";

function weights(
  annotations: Record<string, string>,
  states: readonly unknown[],
  drained: readonly string[] = [],
): Readonly<Record<string, number>> {
  const wishing = service({}, { annotations });
  const [port] = wishing.ports;
  if (port === undefined) throw new TypeError("Cannot test without a port");
  const found = collectEndpoints(
    indexPorts([slice(states)], "ipv4").of(port),
  );
  const quiesced = new Set(drained as readonly DrainTarget[]);
  const servers = toRealServers(found, wishing, { ...context(), quiesced });
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

Deno.test(
  "toRealServers() takes weight from what is drained by hand, never from all",
  none,
  () => {
    const one = endpoint("10.0.0.1", "n1");
    const two = { ...endpoint("10.0.0.2", "n2"), zone: "b" };
    assertEquals(weights({}, [one, two], ["node/n1"]), {
      "10.0.0.1:8080": 0,
      "10.0.0.2:8080": 1,
    });
    assertEquals(weights({}, [one, two], ["10.0.0.1", "10.0.0.2:8080"]), {
      "10.0.0.1:8080": 1,
      "10.0.0.2:8080": 1,
    });
    // The last resort takes over from a zone that is drained.
    const wish = { [`${PREFIX}zone-weights`]: "b=0" };
    assertEquals(weights(wish, [one, two], ["10.0.0.1"]), {
      "10.0.0.1:8080": 0,
      "10.0.0.2:8080": 1,
    });
    // Drained all, weights are as they were asked for.
    assertEquals(weights(wish, [one, two], ["10.0.0.1", "10.0.0.2"]), {
      "10.0.0.1:8080": 1,
      "10.0.0.2:8080": 0,
    });
  },
);

Deno.test(
  "toRealServers() leaves something usable, whatever is drained and weighed (I2)",
  none,
  () => {
    const wish = { [`${PREFIX}zone-weights`]: "b=0,c=5" };
    const zones = ["a", "b", "c"];
    for (let drained = 0; drained < 8; drained++) {
      for (let placed = 0; placed < 27; placed++) {
        const states = [0, 1, 2].map((index) => ({
          ...endpoint(`10.0.0.${index}`, "n2"),
          zone: zones[Math.floor(placed / 3 ** index) % 3],
        }));
        const targets = [0, 1, 2].filter((index) => drained >> index & 1)
          .map((index) => `10.0.0.${index}`);
        const found = weights(wish, states, targets);
        const usable = Object.entries(found).filter(([, weight]) => weight > 0);
        assert(usable.length > 0, JSON.stringify({ found, targets }));
        assertEquals(Object.keys(found).length, 3);
        if (targets.length === 3) continue;
        for (const target of targets) assertEquals(found[`${target}:8080`], 0);
      }
    }
  },
);
