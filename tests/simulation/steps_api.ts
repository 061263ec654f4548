/**
 * What the API server says, and when it says nothing.
 *
 * @module
 */
import {
  randomNode,
  randomService,
  randomServiceCidr,
  randomSlice,
} from "./generate.ts";
import { SOURCES } from "./node.ts";
import type { Step, StepContext } from "./steps.ts";

/** Adds or changes a Service. */
export function putService({ world, random }: StepContext): void {
  const service = randomService(random, undefined);
  const old = world.all("Service").find(({ name }) => name === service.name);
  world.put(old === undefined ? service : { ...service, created: old.created });
}

/** Adds or changes a slice. */
export function putSlice({ world, random }: StepContext): void {
  world.put(randomSlice(random, world.all("Service")));
}

function deleteOne({ world, random }: StepContext): void {
  const objects = [...world.all("Service"), ...world.all("EndpointSlice")];
  if (objects.length > 0) world.delete(random.pick(objects));
}

/** Its name is free for another one, created at another time. */
function replaceService({ world, random }: StepContext): void {
  const services = world.all("Service");
  if (services.length === 0) return;
  const old = random.pick(services);
  world.delete(old);
  world.put({ ...old, created: random.below(5), wishes: {} });
}

function changeNode({ world, random }: StepContext): void {
  world.put(randomNode(random));
}

function changeServiceCidr({ world, random }: StepContext): void {
  const cidrs = world.all("ServiceCIDR");
  if (cidrs.length > 0 && random.chance(0.3)) world.delete(random.pick(cidrs));
  else world.put(randomServiceCidr(random));
}

function changeOtherNodes({ world, random }: StepContext): void {
  world.setOtherNodes(random.pick([
    [],
    ["192.168.1.9"],
    ["192.168.1.9", "203.0.113.1"],
    ["203.0.113.2"],
  ]));
}

function cutWatch({ world, random }: StepContext): void {
  const kind = random.pick(SOURCES);
  if (world.cut.has(kind)) return;
  world.cut.add(kind);
  world.node.say(kind, "cut");
}

function relist({ world }: StepContext): void {
  for (const kind of [...world.cut]) world.list(kind);
}

/** Says everything once more, as a server does that was restarted. */
function relistAll({ world }: StepContext): void {
  for (const kind of SOURCES) world.list(kind);
}

/** Steps of the API server. */
export const API_STEPS: readonly Step[] = [
  { name: "put a Service", share: 12, run: putService },
  { name: "put a slice", share: 18, run: putSlice },
  { name: "delete an object", share: 4, run: deleteOne },
  { name: "make a Service anew", share: 1, run: replaceService },
  { name: "change the Node", share: 2, run: changeNode },
  { name: "change a ServiceCIDR", share: 1, run: changeServiceCidr },
  { name: "change other Nodes", share: 1, run: changeOtherNodes },
  { name: "cut a watch", share: 3, run: cutWatch },
  { name: "list what was cut", share: 4, run: relist },
  { name: "list everything", share: 1, run: relistAll },
];
