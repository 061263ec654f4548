import { assert, assertEquals } from "@std/assert";
import { foldEvent, Readiness } from "../../mod/agent/sources.ts";
import { ClusterModel, type ServiceName } from "../../mod/model/mod.ts";
import { testService, testSlice } from "./objects.ts";

Deno.test({
  name: "foldEvent() says which Service an event made dirty",
  permissions: "none",
  fn: () => {
    const model = new ClusterModel({ nodeName: "n" });
    const value = testService("web", {});
    const services = new Map([[value.name as string, value]]);
    const slice = testSlice(services, "web", {
      endpoints: ["10.0.0.1"],
      port: 1,
    });
    const key = value.name;
    const object = { kind: "object", value, rejections: [] } as const;
    const upsert = { kind: "upsert", key, object } as const;
    assertEquals(foldEvent(model, { source: "Service", event: upsert }), [key]);
    assertEquals(foldEvent(model, { source: "Service", event: upsert }), []);
    assertEquals(
      foldEvent(model, {
        source: "EndpointSlice",
        event: {
          kind: "upsert",
          key: slice.name,
          object: { kind: "object", value: slice, rejections: [] },
        },
      }),
      ["default/web" as ServiceName],
    );
    const gone = { kind: "delete", key } as const;
    assertEquals(foldEvent(model, { source: "Service", event: gone }), [key]);
  },
});

Deno.test({
  name: "Readiness waits for the first list of every source",
  permissions: "none",
  fn: () => {
    const readiness = new Readiness(["Service", "Node"]);
    const desynced = { kind: "desynced", reason: "cut" } as const;
    readiness.note({ source: "Service", event: { kind: "synced" } });
    readiness.note({ source: "Node", event: desynced });
    assertEquals(readiness.waitingFor, ["Node"]);
    readiness.note({ source: "Node", event: { kind: "synced" } });
    readiness.note({ source: "Node", event: desynced });
    assert(readiness.isComplete, "the last state stands");
  },
});
