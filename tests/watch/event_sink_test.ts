import { assert, assertEquals } from "@std/assert";
import type { EventReport } from "../../mod/watch/event_object.ts";
import {
  EVENT_BURST,
  EVENT_INTERVAL_MS,
  EVENT_LIFE_MS,
  EVENT_SPREAD_MS,
  EventSink,
  MAX_EVENTS,
  SERIES_INTERVAL_MS,
} from "../../mod/watch/event_sink.ts";
import type {
  Transport,
  TransportRequest,
  TransportResponse,
} from "../../mod/watch/transport.ts";
import { SimClock } from "./sim_clock.ts";

const PURE = { permissions: "none" } as const;

/** Takes requests down and answers with a status. */
class Recorder implements Transport {
  readonly requests: TransportRequest[] = [];
  status = 201;

  async send(request: TransportRequest): Promise<TransportResponse> {
    this.requests.push(request);
    await Promise.resolve();
    return { status: this.status, body: (async function* () {})() };
  }

  reset(): void {}
}

function report(name: string): EventReport {
  return {
    type: "Warning",
    reason: "FailedToStartServiceHealthcheck",
    action: "Listen",
    note: "port 30000 is taken",
    regarding: { kind: "Service", apiVersion: "v1", namespace: "shop", name },
  };
}

async function withSink(
  body: (
    given: { sink: EventSink; sent: Recorder; clock: SimClock },
  ) => Promise<void>,
  random?: () => number,
): Promise<void> {
  const clock = new SimClock();
  const sent = new Recorder();
  const sink = new EventSink({
    transport: sent,
    clock,
    reporter: { controller: "kube-proxy", instance: "node-1" },
    unixMs: () => Date.UTC(2026, 0, 1) + clock.monotonicMs(),
    ...(random === undefined ? {} : { random }),
  });
  const stop = new AbortController();
  const running = sink.run(stop.signal);
  try {
    await clock.pass(0);
    await body({ sink, sent, clock });
  } finally {
    stop.abort();
    await running;
  }
}

Deno.test(
  "EventSink sends an Event of events.k8s.io/v1",
  PURE,
  () =>
    withSink(async ({ sink, sent, clock }) => {
      sink.report(report("web"));
      await clock.pass(0);
      const [request] = sent.requests;
      assertEquals(
        request?.path,
        "/apis/events.k8s.io/v1/namespaces/shop/events",
      );
      assertEquals(JSON.parse(request?.body ?? ""), {
        apiVersion: "events.k8s.io/v1",
        kind: "Event",
        metadata: { name: "web.6474846204000", namespace: "shop" },
        eventTime: "2026-01-01T00:00:00.000000Z",
        reportingController: "kube-proxy",
        reportingInstance: "node-1",
        type: "Warning",
        reason: "FailedToStartServiceHealthcheck",
        action: "Listen",
        note: "port 30000 is taken",
        regarding: {
          kind: "Service",
          apiVersion: "v1",
          namespace: "shop",
          name: "web",
        },
      });
    }),
);

Deno.test(
  "EventSink counts the same thing up by a patch, at most once a minute",
  PURE,
  () =>
    withSink(async ({ sink, sent, clock }) => {
      for (let seconds = 0; seconds < 90; seconds++) {
        sink.report(report("web"));
        await clock.pass(1000);
      }
      assertEquals(sent.requests.map(({ method }) => method), [
        "POST",
        "PATCH",
      ]);
      assertEquals(JSON.parse(sent.requests[1]?.body ?? ""), {
        series: { count: 60, lastObservedTime: "2026-01-01T00:01:00.000000Z" },
      });
      assertEquals(SERIES_INTERVAL_MS, 60_000);
    }),
);

Deno.test(
  "EventSink sends a burst, then one per interval",
  PURE,
  () =>
    withSink(async ({ sink, sent, clock }) => {
      for (let number = 0; number < 30; number++) {
        sink.report(report(`s${number}`));
      }
      await clock.pass(0);
      assertEquals(sent.requests.length, EVENT_BURST);
      await clock.pass(5 * EVENT_INTERVAL_MS);
      assertEquals(sent.requests.length, EVENT_BURST + 5);
      await clock.pass(60 * EVENT_INTERVAL_MS);
      assertEquals(sent.requests.length, 30);
      assertEquals(sink.dropped, 0);
    }),
);

Deno.test(
  "EventSink spreads warnings, which all nodes have at once",
  PURE,
  async () => {
    await withSink(async ({ sink, sent, clock }) => {
      sink.report({ ...report("web"), type: "Normal" });
      await clock.pass(0);
      assertEquals(sent.requests.length, 1);
      sink.report(report("web"));
      await clock.pass(EVENT_SPREAD_MS / 2 - 1);
      assertEquals(sent.requests.length, 1);
      await clock.pass(1);
      assertEquals(sent.requests.length, 2);
    }, () => 0.5);
  },
);

Deno.test(
  "EventSink drops what is too much rather than queue it",
  PURE,
  () =>
    withSink(async ({ sink, clock }) => {
      const many = MAX_EVENTS + 50;
      for (let number = 0; number < many; number++) {
        sink.report(report(`s${number}`));
      }
      assertEquals(sink.dropped, 50);
      await clock.pass(MAX_EVENTS * EVENT_INTERVAL_MS + EVENT_LIFE_MS);
      sink.report(report("later"));
      assertEquals(sink.dropped, 50);
    }),
);

Deno.test(
  "EventSink gives up an Event that the server does not take",
  PURE,
  () =>
    withSink(async ({ sink, sent, clock }) => {
      sent.status = 403;
      sink.report(report("web"));
      await clock.pass(10 * SERIES_INTERVAL_MS);
      assertEquals(sent.requests.length, 3);
      assertEquals(sink.dropped, 1);
    }),
);

Deno.test(
  "EventSink makes a new Event when the server has forgotten the old",
  PURE,
  () =>
    withSink(async ({ sink, sent, clock }) => {
      sink.report(report("web"));
      await clock.pass(0);
      sent.status = 404;
      sink.report(report("web"));
      await clock.pass(SERIES_INTERVAL_MS);
      sent.status = 201;
      await clock.pass(SERIES_INTERVAL_MS);
      assertEquals(sent.requests.map(({ method }) => method), [
        "POST",
        "PATCH",
        "POST",
      ]);
      assert(sink.dropped === 0);
    }),
);

Deno.test(
  "EventSink tries again by the same name, and takes 409 for done",
  PURE,
  () =>
    withSink(async ({ sink, sent, clock }) => {
      sent.status = 500;
      sink.report(report("web"));
      await clock.pass(0);
      sent.status = 409;
      await clock.pass(SERIES_INTERVAL_MS);
      const names = sent.requests.map(({ body }) =>
        JSON.parse(body ?? "").metadata.name
      );
      assertEquals(names, ["web.6474846204000", "web.6474846204000"]);
      await clock.pass(SERIES_INTERVAL_MS);
      assertEquals(sent.requests.length, 2);
    }),
);
