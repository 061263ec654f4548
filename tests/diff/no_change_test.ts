import { assertEquals } from "@std/assert";
import {
  type Changes,
  Desired,
  Observed,
  Ownership,
  unchangedAddress,
  unchangedElement,
  unchangedServer,
} from "../../mod/diff/mod.ts";
import type { IpAddress, ServiceName } from "../../mod/model/mod.ts";
import { sampleFrontend } from "./sample.ts";

const NOTHING = { permissions: "none" } as const;
const ADDRESS = "10.96.0.1" as IpAddress;

function sides(flags: readonly string[] = []) {
  const frontend = sampleFrontend({ servers: { "10.32.0.1": 1 } });
  const desired = new Desired();
  desired.set({
    service: "default/web" as ServiceName,
    createdMs: 0,
    frontends: [frontend],
  });
  const observed = new Observed();
  const [server] = frontend.virtualServers;
  if (server === undefined) throw new Error("no virtual server");
  const changes: Changes = {
    setAdds: frontend.setEntries,
    ipvs: [{ verb: "add-service", server }],
    addressAdds: [ADDRESS],
    addressDeletes: [],
    setDeletes: [],
  };
  observed.confirm(changes);
  const seen = observed.virtualServer(server.key);
  if (seen !== undefined) {
    observed.replaceServer(server.key, { ...seen, flags });
  }
  const ownership = new Ownership();
  ownership.add({ virtualServers: [server.key], addresses: [ADDRESS] });
  return { desired, observed, ownership, server };
}

Deno.test("what is as it is wanted can be written again", NOTHING, () => {
  const state = sides();
  assertEquals(unchangedServer(state), {
    verb: "edit-service",
    server: state.server,
  });
  assertEquals(unchangedElement(state)?.element, "10.96.0.1");
  assertEquals(unchangedAddress(state), ADDRESS);
});

Deno.test("what is not ours, or not there, is not written", NOTHING, () => {
  const foreign = { ...sides(), ownership: new Ownership() };
  assertEquals(unchangedServer(foreign), undefined);
  assertEquals(unchangedAddress(foreign), undefined);
  const absent = { ...sides(), observed: new Observed() };
  assertEquals(unchangedServer(absent), undefined);
  assertEquals(unchangedElement(absent), undefined);
  assertEquals(unchangedAddress(absent), undefined);
});

Deno.test("a virtual server that differs is not written", NOTHING, () => {
  assertEquals(unchangedServer(sides(["mh-port"])), undefined);
});
