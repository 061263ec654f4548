import { assert, assertEquals } from "@std/assert";
import {
  type Changes,
  Desired,
  elementId,
  Observed,
  programmedAddresses,
} from "../../mod/diff/mod.ts";
import type { IpAddress, ServiceName } from "../../mod/model/mod.ts";
import type { FrontendPlan } from "../../mod/plan/mod.ts";
import { sampleFrontend } from "./sample.ts";

const NOTHING = { permissions: "none" } as const;
const WEB = "default/web" as ServiceName;
const LOCAL = ["10.32.0.1", "10.32.0.2", "10.32.0.3"] as IpAddress[];

function world(...frontends: FrontendPlan[]) {
  const plan = { service: WEB, createdMs: 5, frontends };
  const desired = new Desired();
  desired.set(plan);
  const observed = new Observed();
  for (const frontend of frontends) {
    const changes: Changes = {
      setAdds: frontend.setEntries,
      ipvs: frontend.virtualServers.flatMap((server) => [
        { verb: "add-service" as const, server },
        ...[...server.realServers.values()].map((realServer) => ({
          verb: "add-server" as const,
          key: server.key,
          realServer,
        })),
      ]),
      addressAdds: [frontend.address],
      addressDeletes: [],
      setDeletes: [],
    };
    observed.confirm(changes);
  }
  const count = (): number =>
    programmedAddresses(plan, LOCAL, { desired, observed }).length;
  return { plan, desired, observed, count };
}

const TWO = { "10.32.0.1": 1, "10.32.0.2": 1 };

Deno.test(
  "programmedAddresses() counts what the kernel has, not what is planned",
  NOTHING,
  () => {
    const frontend = sampleFrontend({ servers: TWO });
    const { observed, count } = world(frontend);
    assertEquals(count(), 2);
    const [server] = frontend.virtualServers;
    const [first] = server!.realServers.values();
    observed.confirmIpvs([{
      verb: "edit-server",
      key: server!.key,
      realServer: { key: first!.key, weight: 0 },
    }]);
    assertEquals(count(), 1, "quiescent");
    observed.replaceServer(server!.key, undefined);
    assertEquals(count(), 0, "deleted by somebody");
  },
);

Deno.test(
  "programmedAddresses() wants the address and the set elements too",
  NOTHING,
  () => {
    const frontend = sampleFrontend({ servers: TWO });
    const one = world(frontend);
    one.observed.confirmAddresses({ add: [], delete: [frontend.address] });
    assertEquals(one.count(), 0);
    const other = world(frontend);
    other.observed.confirmSets({ add: [], delete: frontend.setEntries });
    assert(!other.observed.hasElement(elementId(frontend.setEntries[0]!)));
    assertEquals(other.count(), 0);
  },
);

Deno.test(
  "programmedAddresses() wants an endpoint at each frontend that has it",
  NOTHING,
  () => {
    const first = sampleFrontend({ servers: TWO });
    const second = sampleFrontend({ port: 81, servers: { "10.32.0.1": 1 } });
    const { observed, count } = world(first, second);
    assertEquals(count(), 2);
    observed.replaceServer(second.virtualServers[0]!.key, undefined);
    assertEquals(count(), 1);
  },
);

Deno.test(
  "programmedAddresses() counts no frontend that another Service has",
  NOTHING,
  () => {
    const frontend = sampleFrontend({ servers: TWO });
    const { desired, count } = world(frontend);
    desired.set({
      service: "default/older" as ServiceName,
      createdMs: 1,
      frontends: [frontend],
    });
    assertEquals(count(), 0);
  },
);
