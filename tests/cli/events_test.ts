import { assertEquals } from "@std/assert";
import { ClusterModel, decodeService } from "#model";
import type { TransportRequest } from "#watch";
import { openEvents } from "../../mod/cli/events.ts";

Deno.test("openEvents() sends the start, then what the agent tells", async () => {
  const sent: TransportRequest[] = [];
  const model = new ClusterModel({ nodeName: "node-1" });
  model.upsertService(
    "default/web",
    decodeService({
      metadata: { namespace: "default", name: "web", uid: "u1" },
      spec: {
        clusterIP: "10.96.0.1",
        clusterIPs: ["10.96.0.1"],
        ports: [{ port: 80 }],
      },
    }),
  );
  const stop = new AbortController();
  const { sink, observer } = openEvents({
    nodeName: "node-1",
    transport: {
      send(request) {
        sent.push(request);
        if (sent.length === 2) stop.abort();
        return Promise.resolve({ status: 201, body: emptyBody() });
      },
      reset() {},
    },
  }, { model });
  observer.failed?.("default/web", "refused", 1000);
  await sink.run(stop.signal);
  const bodies = sent.map(({ body }) => JSON.parse(body ?? "{}"));
  assertEquals(bodies.map(({ reason }) => reason), [
    "Starting",
    "FailedToProgram",
  ]);
  assertEquals(bodies[1].regarding.uid, "u1");
  assertEquals(bodies[0].reportingInstance, "node-1");
});

async function* emptyBody(): AsyncGenerator<Uint8Array> {}
