import type { AgentObserver, SourceEvent } from "#agent";
import { HOST_CLOCK, type MeasuredRunner } from "#apply";
import {
  type LogControl,
  logObserver,
  mergeObservers,
  type Metrics,
} from "#observe";
import type { ApiTransport } from "#watch";
import { getLogger } from "@std/log";
import { strayRemover } from "./back_end.ts";
import { compose, type Composed, type ComposeOptions } from "./compose.ts";
import { type Control, openControlSocket } from "./control/control.ts";
import { openEvents } from "./events.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { type Consumer, feedAll } from "./feed.ts";
import { openHealthChecks } from "./health_checks.ts";
import { rulesOf } from "./host_view.ts";
import { LocalhostNodePorts } from "./localhost_node_ports.ts";
import { EstimationGuard } from "./estimation.ts";
import { OtherNodes } from "./other_nodes.ts";
import { openMetrics } from "./open_metrics.ts";
import { openReportSource } from "./report_source.ts";
import { serveAll, type Served } from "./serve.ts";
import { openSite } from "./site.ts";

/** What working takes. */
export interface WorkOptions extends ComposeOptions {
  /** The way to the API server. */
  readonly transport: ApiTransport;
  /** Tells what the tools were asked; absent: nobody is told. */
  readonly measured?: MeasuredRunner;
  /** The logs; absent: they cannot be changed or read. */
  readonly logs?: LogControl;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Composes the stages and lets them work until the signal, or once. */
export async function work(options: WorkOptions): Promise<ExitCode> {
  const { settings, signal } = options;
  const stop = new AbortController();
  const end = (): void => stop.abort();
  signal.addEventListener("abort", end);
  if (signal.aborted) end();
  const isOnce = settings.once || settings.dryRun;
  const told: AgentObserver[] = [
    logObserver(),
    strayRemover(options.ready, options.runner),
  ];
  if (isOnce) told.push({ ready: end });
  const composed = compose(options, mergeObservers(told));
  const { agent } = composed;
  const events = isOnce ? undefined : openEvents(options, composed.view);
  if (events !== undefined) told.push(events.observer);
  const sources = { ...composed.view, agent, nowMs: HOST_CLOCK.nowMs };
  const checks = isOnce ? undefined : openHealthChecks({
    ...sources,
    view: composed.view,
    report: (report) => events?.sink.report(report),
  });
  if (checks !== undefined) told.push(checks.observer());
  const { ready: { cpus, host, timeouts } } = options;
  const metrics = isOnce ? undefined : await openMetrics({
    ...{ settings, agent, host, view: composed.view },
    ...(options.measured === undefined ? {} : { runner: options.measured }),
    healthCheckPorts: () => checks?.counts ?? { open: 0, failed: 0 },
  });
  const reports = isOnce ? undefined : openReports(options, composed, metrics);
  if (reports !== undefined) told.push(...reports.observers);
  if (timeouts !== undefined) metrics?.setIdleTimeouts(timeouts);
  told.push(new EstimationGuard({ sysctls: host.sysctls, cpus }).observer());
  const localhost = isOnce || !settings.localhostNodePorts
    ? undefined
    : new LocalhostNodePorts({
      connected: () => metrics?.localhostConnected(),
    });
  if (localhost !== undefined) told.push(localhost.observer());
  try {
    await allOrNone([
      agent.run(stop.signal).finally(end),
      follow({ ...options, signal: stop.signal }, composed, metrics)
        .finally(end),
      ...(isOnce
        ? []
        : [serveAll(sources, reports?.served ?? {}, stop.signal)]),
      ...(events === undefined ? [] : [events.sink.run(stop.signal)]),
      ...(reports === undefined ? [] : [reports.control.serve(stop.signal)]),
    ], end);
  } finally {
    localhost?.close();
    checks?.close();
    signal.removeEventListener("abort", end);
  }
  const { isReady, failures } = agent.snapshot();
  getLogger("cli").info("ended; the kernel's tables stay as they are");
  const isDone = isReady && failures.size === 0;
  return isOnce && !isDone ? EXIT.failure : EXIT.success;
}

/** What people look at: the control socket, the metrics server's pages. */
function openReports(
  { settings, ready: { host }, runner, logs }: WorkOptions,
  { agent, view }: Composed,
  metrics: Metrics | undefined,
): {
  readonly control: Control;
  readonly served: Served;
  readonly observers: readonly AgentObserver[];
} {
  const report = openReportSource(agent, view, HOST_CLOCK.nowMs);
  const common = {
    ...{ settings, host, input: report.input },
    ...(logs === undefined ? {} : { logs }),
  };
  const control = openControlSocket({ ...common, agent, runner });
  const served = metrics === undefined
    ? {}
    : { metrics, site: openSite({ ...common, metrics }) };
  const observers = [report.observer, control.observer];
  if (metrics !== undefined) observers.push(metrics.observer());
  return { control, served, observers };
}

/**
 * Waits for the end of all; the first error ends the others.
 *
 * @throws the first error, once all have ended
 */
async function allOrNone(
  works: readonly Promise<void>[],
  end: () => void,
): Promise<void> {
  const errors: unknown[] = [];
  await Promise.all(works.map((one) =>
    one.catch((error) => {
      errors.push(error);
      end();
    })
  ));
  if (errors.length > 0) throw errors[0];
}

/** Follows the API server and tells the agent, until the signal. */
async function follow(
  { nodeName, transport, signal }: WorkOptions,
  { agent, view }: Composed,
  metrics: Metrics | undefined,
): Promise<void> {
  const common = { transport, clock: HOST_CLOCK, signal, random: Math.random };
  const otherNodes = new OtherNodes({
    ...common,
    nodeName,
    isNeeded: () => view.model.needsOtherNodes,
    addressesSeen: () => view.model.outsideAddressesSeen,
    replaceNodes: agent.replaceNodes.bind(agent),
  });
  const consumer: Consumer = {
    handle(input: SourceEvent): void {
      metrics?.took(input);
      agent.handle(input);
    },
    checkRules: agent.checkRules.bind(agent),
    rulesKey: () => JSON.stringify(rulesOf(view)),
    beforeServices: () => otherNodes.before(),
  };
  await Promise.all([
    feedAll(consumer, nodeName, common),
    otherNodes.keep(),
  ]);
}
