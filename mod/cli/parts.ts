import type { AgentObserver } from "#agent";
import { HOST_CLOCK, type MeasuredRunner } from "#apply";
import {
  type LogControl,
  type ManagerWishes,
  type Metrics,
  prerequisiteReport,
  serverReport,
} from "#observe";
import type { EventReport, Transport } from "#watch";
import type { Composed, ComposeOptions } from "./compose.ts";
import { type Control, openControlSocket } from "./control/control.ts";
import { EstimationGuard } from "./estimation.ts";
import { openEvents } from "./events.ts";
import type { LiveSettings } from "./live_settings.ts";
import { LocalhostNodePorts } from "./localhost_node_ports.ts";
import { openManager } from "./manager.ts";
import { nodePortGuard } from "./node_port_range.ts";
import { openHealthChecks } from "./health_checks.ts";
import { openMetrics } from "./open_metrics.ts";
import { SettingsGuard } from "./settings_guard.ts";
import { openReportSource, type ReportSource } from "./report_source.ts";
import { serveAll, type ServeSources } from "./serve.ts";
import { openSite } from "./site.ts";
import { takeOver } from "./take_over.ts";

/** Something that works beside the agent while it runs. */
export interface Part {
  /** What it wants to be told. */
  readonly observer?: AgentObserver;
  /** Works until the signal. */
  run?(signal: AbortSignal): Promise<void>;
  /** Lets go of what it holds; called once, after all have ended. */
  close?(): void;
}

/** What opening the parts takes. */
export interface PartsOptions extends ComposeOptions {
  /** The way to the API server. */
  readonly transport: Transport;
  /** Where changes of the configuration come from; absent: there are none. */
  readonly live?: LiveSettings;
  /** Tells what the tools were asked; absent: nobody is told. */
  readonly measured?: MeasuredRunner;
  /** The logs; absent: they cannot be changed or read. */
  readonly logs?: LogControl;
  /** What a service manager asks for; absent: there is none. */
  readonly manager?: ManagerWishes;
}

/** What was opened. */
export interface OpenParts {
  /** All that works beside the agent. */
  readonly parts: readonly Part[];
  /** Metrics; absent: they are served nowhere. */
  readonly metrics?: Metrics;
}

/** Opens all that works beside the agent. */
export async function openParts(
  options: PartsOptions,
  composed: Composed,
): Promise<OpenParts> {
  const { ready, measured, logs } = options;
  const { agent, view } = composed;
  const { sink, observer } = openEvents(options, view);
  const report = (event: EventReport): void => sink.report(event);
  const sources = sourcesOf(composed, report);
  tellPrerequisites(options, report);
  const checks = openHealthChecks({ ...sources, agent, view, report });
  const metrics = await openMetrics({
    ...{ settings: options.settings, agent, view, host: ready.host },
    ...(measured === undefined ? {} : { runner: measured }),
    healthCheckPorts: () => checks.counts,
  });
  const guard = guardSettings(options, view, metrics);
  takeOver(options.live, {
    ...{ agent, view, ready },
    ...(logs === undefined ? {} : { logs }),
    told: (timeouts) => guard.timeouts = timeouts,
  });
  const { sysctls } = ready.host;
  const estimation = new EstimationGuard({ sysctls, cpus: ready.cpus });
  const reports = openReportSource(agent, view, HOST_CLOCK.nowMs);
  const control = openControlOf(options, composed, reports);
  const parts: Part[] = [
    { observer: reports.observer },
    { observer: control.observer, run: (signal) => control.serve(signal) },
    { observer, run: (signal) => sink.run(signal) },
    ...(metrics === undefined ? [] : [{ observer: metrics.observer() }]),
    { observer: checks.observer(), close: () => checks.close() },
    openServers(options, sources, { metrics, input: reports.input }),
    { observer: guard.observer(), run: (signal) => guard.run(signal) },
    { observer: estimation.observer() },
    { observer: { ready: (state) => state.isWhole && options.live?.prove() } },
    { observer: nodePortGuard(options.settings.nodePortRange) },
    ...localhost(options, metrics),
    ...openManager(options, agent),
  ];
  return { parts, ...(metrics === undefined ? {} : { metrics }) };
}

/** Health, metrics and the pages of the metrics server. */
function openServers(
  { ready: { host }, logs }: PartsOptions,
  sources: ServeSources,
  { metrics, input }: Pick<ReportSource, "input"> & {
    readonly metrics: Metrics | undefined;
  },
): Part {
  const served = metrics === undefined ? {} : {
    metrics,
    site: openSite({
      ...{ metrics, host, input },
      settings: () => sources.settings,
      ...(logs === undefined ? {} : { logs }),
    }),
  };
  return { run: (signal) => serveAll(sources, served, signal) };
}

/** The control socket; settings are those of now. */
function openControlOf(
  { ready: { host }, runner, logs }: PartsOptions,
  { agent, view }: Composed,
  { input }: ReportSource,
): Control {
  return openControlSocket({
    ...{ agent, input, host, runner },
    get settings() {
      return view.settings;
    },
    ...(logs === undefined ? {} : { logs }),
  });
}

/** What the node should have, on its Node object too. */
function tellPrerequisites(
  { ready: { inspection }, nodeName }: PartsOptions,
  report: (event: EventReport) => void,
): void {
  const lacks = inspection.findings.filter(({ result }) => result === "warn")
    .map(({ subject, text }) => `${subject}: ${text}`);
  const event = prerequisiteReport(nodeName, lacks);
  if (event !== undefined) report(event);
}

/** What health and metrics are told from; settings are those of now. */
function sourcesOf(
  { agent, view }: Composed,
  report: (event: EventReport) => void,
): ServeSources {
  return {
    failed: (server, reason) =>
      report(serverReport(view.nodeName, server, reason)),
    ...{ agent, model: view.model, families: view.families },
    get settings() {
      return view.settings;
    },
    nowMs: HOST_CLOCK.nowMs,
  };
}

/** Keeps kernel settings as they should be, and their metrics. */
function guardSettings(
  { runner, ready }: PartsOptions,
  view: Composed["view"],
  metrics: Metrics | undefined,
): SettingsGuard {
  const guard = new SettingsGuard({
    ...{ runner, sysctls: ready.host.sysctls },
    settings: () => view.settings,
    wanted: () => ready.wanted(view.settings),
    monotonicMs: () => HOST_CLOCK.monotonicMs(),
    repaired: (count) =>
      metrics?.observer().repaired?.("kernel setting", count),
  }, ready.timeouts);
  metrics?.setIdleTimeouts(() => ({
    ipvs: guard.timeouts,
    conntrack: guard.conntrack,
  }));
  return guard;
}

function localhost(
  { settings }: PartsOptions,
  metrics: Metrics | undefined,
): readonly Part[] {
  if (!settings.localhostNodePorts) return [];
  const ports = new LocalhostNodePorts({
    connected: () => metrics?.localhostConnected(),
  });
  return [{ observer: ports.observer(), close: () => ports.close() }];
}
