import type { AgentObserver } from "#agent";
import { HOST_CLOCK } from "#apply";
import { eventObserver, startReport } from "#observe";
import { EventSink, type Transport } from "#watch";
import type { ViewOptions } from "./host_view.ts";

/** What Events need. */
export interface EventOptions {
  /** Name of this node. */
  readonly nodeName: string;
  /** The way to the API server. */
  readonly transport: Transport;
}

/** Where Events go, and what reports them; the start is the first. */
export function openEvents(
  { nodeName, transport }: EventOptions,
  { model }: Pick<ViewOptions, "model">,
): { readonly sink: EventSink; readonly observer: AgentObserver } {
  const sink = new EventSink({
    transport,
    clock: HOST_CLOCK,
    reporter: { controller: "kube-proxy", instance: nodeName },
    unixMs: HOST_CLOCK.nowMs,
    random: Math.random,
  });
  sink.report(startReport(nodeName));
  const observer = eventObserver({
    report: (report) => sink.report(report),
    nodeName,
    uidOf: (service) => model.service(service)?.uid,
  });
  return { sink, observer };
}
