import type { AgentObserver } from "#agent";
import { HOST_CLOCK } from "#apply";
import type { ManagerWishes, Metrics } from "#observe";
import type { Transport } from "#watch";
import type { Composed, ComposeOptions } from "./compose.ts";
import { EstimationGuard } from "./estimation.ts";
import { openEvents } from "./events.ts";
import type { LiveSettings } from "./live_settings.ts";
import { LocalhostNodePorts } from "./localhost_node_ports.ts";
import { openManager } from "./manager.ts";
import { nodePortGuard } from "./node_port_range.ts";
import { openMetrics, serveAll, type ServeSources } from "./serve.ts";
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
  const { ready } = options;
  const { agent, view } = composed;
  const sources = sourcesOf(composed);
  const metrics = await openMetrics(sources);
  if (ready.timeouts !== undefined) metrics?.setIdleTimeouts(ready.timeouts);
  takeOver(options.live, {
    ...{ agent, view, ready },
    told: (timeouts) => metrics?.setIdleTimeouts(timeouts),
  });
  const { sysctls } = ready.host;
  const estimation = new EstimationGuard({ sysctls, cpus: ready.cpus });
  const { sink, observer } = openEvents(options, view);
  const parts: Part[] = [
    { observer, run: (signal) => sink.run(signal) },
    {
      ...(metrics === undefined ? {} : { observer: metrics.observer() }),
      run: (signal) => serveAll(sources, metrics, signal),
    },
    { observer: estimation.observer() },
    { observer: nodePortGuard(options.settings.nodePortRange) },
    ...localhost(options, metrics),
    ...openManager(options, agent),
  ];
  return { parts, ...(metrics === undefined ? {} : { metrics }) };
}

/** What health and metrics are told from; settings are those of now. */
function sourcesOf({ agent, view }: Composed): ServeSources {
  return {
    ...{ agent, model: view.model, families: view.families },
    get settings() {
      return view.settings;
    },
    nowMs: HOST_CLOCK.nowMs,
  };
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
