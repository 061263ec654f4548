/**
 * What holds for every Service, slice and order of arrival (I6, I8).
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  ClusterModel,
  decodeEndpointSlice,
  decodeNode,
  decodeService,
  decodeServiceCidr,
  type Rejection,
} from "#model";
import { type FrontendPlan, planService, type ServicePlan } from "#plan";
import { arbitraryService, arbitrarySlice, broken } from "./arbitraries.ts";
import { context } from "./objects.ts";

const none = { permissions: "none" } as const;
const RUNS = { numRuns: 300 };
const PLACE = context({ zone: "a", markOf: (key) => key.length });

type Wire = Record<string, unknown>;
type Event = readonly [kind: "service" | "slice", object: Wire];

const services = fc.uniqueArray(arbitraryService, {
  maxLength: 2,
  selector: nameOf,
});
const slices = fc.uniqueArray(arbitrarySlice, {
  maxLength: 4,
  selector: nameOf,
});
const world = fc.tuple(services, slices);

function nameOf(object: Wire): string {
  return (object.metadata as { readonly name: string }).name;
}

function planAll(events: readonly Event[]): readonly ServicePlan[] {
  const model = new ClusterModel({ nodeName: "n1" });
  for (const [kind, object] of events) {
    const key = `default/${nameOf(object)}`;
    if (kind === "service") model.upsertService(key, decodeService(object));
    else model.upsertSlice(key, decodeEndpointSlice(object));
  }
  return [...model.serviceNames()].sort().flatMap((name) => {
    const service = model.service(name);
    return service === undefined
      ? []
      : [planService(service, model.slices(name), PLACE)];
  });
}

function eventsOf([a, b]: readonly [Wire[], Wire[]]): readonly Event[] {
  return [
    ...a.map((object): Event => ["service", object]),
    ...b.map((object): Event => ["slice", object]),
  ];
}

/** All of a plan as text, the order of real servers included. */
function textOf(plans: readonly ServicePlan[]): string {
  return JSON.stringify(
    plans,
    (_key, value) => value instanceof Map ? [...value] : value,
  );
}

function frontendsOf(plans: readonly ServicePlan[]): readonly FrontendPlan[] {
  return plans.flatMap((plan) => plan.frontends);
}

Deno.test("the order of arrival does not matter", none, () => {
  const shuffledWorld = world.chain((objects) => {
    const events = eventsOf(objects);
    return fc.tuple(
      fc.constant(events),
      fc.shuffledSubarray([...events], { minLength: events.length }),
    );
  });
  fc.assert(
    fc.property(shuffledWorld, ([events, others]) => {
      assertEquals(textOf(planAll(others)), textOf(planAll(events)));
    }),
    RUNS,
  );
});

Deno.test("what was there before leaves no trace", none, () => {
  fc.assert(
    fc.property(world, world, (before, now) => {
      const last = new Set(eventsOf(now).map(([kind, o]) => kind + nameOf(o)));
      const earlier = eventsOf(before)
        .filter(([kind, o]) => last.has(kind + nameOf(o)));
      const events = [...earlier, ...eventsOf(now)];
      assertEquals(textOf(planAll(events)), textOf(planAll(eventsOf(now))));
    }),
    RUNS,
  );
});

Deno.test("every real server is an endpoint of its Service", none, () => {
  fc.assert(
    fc.property(world, (objects) => {
      for (const plan of planAll(eventsOf(objects))) {
        const owned = endpointsOf(objects[1], plan.service);
        for (const frontend of plan.frontends) {
          for (const server of frontend.virtualServers) {
            for (const key of server.realServers.keys()) {
              assert(owned.has(key), `${key} in ${plan.service}`);
            }
          }
        }
      }
    }),
    RUNS,
  );
});

/** Real servers that a Service may have, with the nodes that they run on. */
function endpointsOf(
  objects: readonly Wire[],
  service: string,
): ReadonlyMap<string, ReadonlySet<unknown>> {
  const owned = new Map<string, Set<unknown>>();
  for (const object of objects) {
    const decoded = decodeEndpointSlice(object);
    if (decoded.kind !== "object" || decoded.value.service !== service) {
      continue;
    }
    for (const { port } of decoded.value.ports) {
      for (const { address, nodeName } of decoded.value.endpoints) {
        const host = address.includes(":") ? `[${address}]` : address;
        const nodes = owned.get(`${host}:${port}`) ?? new Set();
        owned.set(`${host}:${port}`, nodes.add(nodeName));
      }
    }
  }
  return owned;
}

Deno.test("a Local policy never names a remote endpoint", none, () => {
  fc.assert(
    fc.property(world, (objects) => {
      for (const object of objects[0]) {
        const decoded = decodeService(object);
        if (decoded.kind !== "object") continue;
        const service = decoded.value;
        const plans = planAll(eventsOf(objects));
        const plan = plans.find((item) => item.service === service.name);
        const owned = endpointsOf(objects[1], service.name);
        for (const frontend of plan?.frontends ?? []) {
          const policy = frontend.kind === "cluster-ip"
            ? service.internalTrafficPolicy
            : service.externalTrafficPolicy;
          if (policy === "cluster") continue;
          for (const { key, realServers } of frontend.virtualServers) {
            if (key.startsWith("-f")) continue;
            for (const real of realServers.keys()) {
              assert(owned.get(real)?.has("n1"), `${real} behind ${key}`);
            }
          }
        }
      }
    }),
    RUNS,
  );
});

Deno.test("sets, virtual servers and answers say the same", none, () => {
  fc.assert(
    fc.property(world, (objects) => {
      const plans = planAll(eventsOf(objects));
      for (const frontend of frontendsOf(plans)) checkFrontend(frontend);
      const keys = plans.map((plan) => plan.frontends.map(({ key }) => key));
      for (const list of keys) assertEquals(new Set(list).size, list.length);
    }),
    RUNS,
  );
});

function checkFrontend(frontend: FrontendPlan): void {
  const { inside, outside, kind, virtualServers } = frontend;
  const sets = new Map<string, number>();
  for (const { set } of frontend.setEntries) {
    sets.set(set, (sets.get(set) ?? 0) + 1);
  }
  const isMarked = virtualServers.some(({ key }) => key.startsWith("-f"));
  const isPlain = virtualServers.some(({ key }) => !key.startsWith("-f"));
  const isServed = inside === "serve";
  assertEquals({
    addresses: sets.has("addresses"),
    frontends: sets.has("frontends"),
    clusterIps: sets.has("cluster-ips"),
    external: sets.has("external"),
    mark: sets.has("mark"),
    refuse: sets.has("refuse"),
    drop: sets.has("drop"),
    dropOutside: sets.has("drop-outside"),
    plain: isPlain,
    empty: virtualServers.some(({ realServers }) => realServers.size === 0),
    open: sets.has("source-ranges") && !sets.has("restricted"),
  }, {
    addresses: frontend.bind,
    frontends: isServed,
    clusterIps: isServed && kind === "cluster-ip",
    external: isServed && kind !== "cluster-ip" && !isMarked,
    mark: isMarked,
    refuse: inside === "refuse",
    drop: inside === "drop",
    dropOutside: isServed && outside === "drop",
    plain: outside === "serve",
    empty: false,
    open: false,
  });
  for (const { realServers } of virtualServers) {
    const weights = [...realServers.values()].map(({ weight }) => weight);
    assert(weights.some((weight) => weight > 0), "I2: some weight above 0");
  }
}

Deno.test(
  "decoding never throws on JSON, and planning not on what it gave",
  none,
  () => {
    const anything = fc.oneof(
      fc.jsonValue({ maxDepth: 4, stringUnit: "binary" }),
      broken(arbitraryService),
      broken(arbitrarySlice),
    );
    fc.assert(
      fc.property(
        anything,
        fc.array(broken(arbitrarySlice), { maxLength: 3 }),
        (value, others) => {
          const service = decodeService(value);
          const decoded = others.map(decodeEndpointSlice);
          const rejections = [
            service,
            ...decoded,
            decodeEndpointSlice(value),
            decodeNode(value),
            decodeServiceCidr(value),
          ].flatMap((result): readonly Rejection[] =>
            result.kind === "absent" ? [] : result.rejections
          );
          if (service.kind === "object") {
            const usable = decoded.flatMap((result) =>
              result.kind === "object" ? [result.value] : []
            );
            const plan = planService(service.value, usable, PLACE);
            rejections.push(...plan.rejections);
          }
          rejections.forEach(checkPrintable);
        },
      ),
      { numRuns: 800 },
    );
  },
);

function checkPrintable({ object, field, reason }: Rejection): void {
  for (const text of [object, field, reason]) {
    assert(/^[\x20-\x7e]*$/.test(text), JSON.stringify(text));
    assert(text.length < 600, text);
  }
}
