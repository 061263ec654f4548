import { assertEquals } from "@std/assert";
import { serverAccess } from "../../mod/watch/access.ts";
import { openTransport } from "../../mod/watch/api_transport.ts";
import { EventSink } from "../../mod/watch/event_sink.ts";
import { listNodes } from "../../mod/watch/node_list.ts";
import { ApiServer } from "../apiserver/mod.ts";
import { HurriedClock } from "./socket_support.ts";
import { testSocket } from "./tls_support.ts";

testSocket(
  "listNodes() reads Tables and whole Nodes of the stand-in",
  async () => {
    await using server = await ApiServer.start();
    for (const number of [1, 2]) {
      server.store.create("Node", {
        metadata: { name: `node-${number}` },
        status: {
          addresses: [
            { type: "InternalIP", address: `10.0.0.${number}` },
            { type: "InternalIP", address: `fd00::${number}` },
          ],
        },
      });
    }
    const transport = await openTransport(serverAccess(server.url));
    const list = (everyAddress: boolean) =>
      Array.fromAsync(listNodes({
        transport,
        clock: new HurriedClock(),
        signal: new AbortController().signal,
        everyAddress,
        random: Math.random,
      }));
    const [asTable, whole] = [await list(Boolean(0)), await list(Boolean(1))];
    assertEquals(
      asTable.map(({ addresses }) => addresses.join(" ")),
      ["10.0.0.1 fd00::1", "10.0.0.2 fd00::2"],
    );
    assertEquals(whole[1], {
      name: "node-2",
      addresses: ["10.0.0.2", "fd00::2"],
    });
    transport.close();
  },
);

testSocket(
  "EventSink makes an Event at the stand-in and counts it up",
  async () => {
    await using server = await ApiServer.start();
    server.store.create("Namespace", { metadata: { name: "default" } });
    const transport = await openTransport(serverAccess(server.url));
    const sink = new EventSink({
      transport,
      clock: new HurriedClock(100),
      reporter: { controller: "kube-proxy", instance: "node-1" },
      unixMs: () => Date.now(),
    });
    const stop = new AbortController();
    const running = sink.run(stop.signal);
    const report = {
      type: "Normal",
      reason: "Starting",
      action: "StartKubeProxy",
      note: "",
      regarding: { kind: "Node", name: "node-1" },
    } as const;
    sink.report(report);
    sink.report(report);
    const endMs = performance.now() + 10_000;
    const seen = () => server.store.list("Event");
    while (seen().length === 0 && performance.now() < endMs) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    sink.report(report);
    const count = () => (seen()[0]?.series as { count?: number })?.count;
    while (count() !== 3 && performance.now() < endMs) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assertEquals([seen().length, count(), sink.dropped], [1, 3, 0]);
    assertEquals(seen()[0]?.reportingController, "kube-proxy");
    stop.abort();
    await running;
    transport.close();
  },
);
