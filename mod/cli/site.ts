import type { Host } from "#apply";
import { HOST_CLOCK } from "#apply";
import type { ObservedVirtualServer } from "#diff";
import type { ServiceName } from "#model";
import type { VirtualServerKey } from "#plan";
import {
  answerFlagz,
  answerStatusz,
  cached,
  type Fresh,
  type Handle,
  jsonRoute,
  type LogControl,
  type Metrics,
  type NodeReport,
  pageRoute,
  type ReportInput,
  reportNode,
  reportService,
  type Route,
  type ServiceReport,
  serviceTable,
  siteHandler,
  summariseServices,
  textRoute,
  topPaths,
  type TrafficTable,
  verbosityRoute,
} from "#observe";
import { effectiveConfig } from "./effective_config.ts";
import { flagValues } from "./flag_values.ts";
import type { Settings } from "./settings_types.ts";
import { VERSION } from "./version.ts";

/** What the metrics server tells from. */
export interface SiteSources {
  /** Configuration, as it is now. */
  settings(): Settings;
  /** Metrics. */
  readonly metrics: Pick<Metrics, "text">;
  /** Everything that reports are made from, of this moment. */
  input(): ReportInput;
  /** The logs; absent: how much is logged cannot be changed. */
  readonly logs?: LogControl;
  /** Lists for the page; nothing else is asked of it. */
  readonly host: Pick<Host, "ipvs">;
}

/** Listings for the page serve for so long, ms. */
const LISTING_AGE_MS = 2_000;
const CACHE = {
  monotonicMs: HOST_CLOCK.monotonicMs,
  minAgeMs: 1_000,
  costFactor: 20,
};

/** Answers requests of the metrics server; nothing that it has changes things. */
export function openSite(sources: SiteSources): Handle {
  const { settings, metrics, input } = sources;
  const services = cached(() => summariseServices(input()), CACHE);
  const report = cached(() => reportNode(input(), services()), CACHE);
  const node = (): NodeReport => {
    services(); // what it costs is not the node's
    return report();
  };
  const routes = new Map<string, Route>([
    ["/", pageRoute()],
    ["/api/node.json", jsonRoute(node)],
    ["/api/services.json", jsonRoute(() => serviceTable(services()))],
    ["/api/service.json", serviceRoute(sources)],
    ["/metrics", metricsRoute(metrics)],
    ["/proxyMode", textRoute(() => "ipvs")],
    ["/healthz", textRoute(() => "ok")],
    ["/healthz/ping", textRoute(() => "ok")],
    [
      "/configz",
      jsonRoute(() => ({
        "kubeproxy.config.k8s.io": effectiveConfig(settings().values),
      })),
    ],
    [
      "/flagz",
      {
        answer: ({ headers }) =>
          answerFlagz(flagValues(settings().values), headers.get("accept")),
      },
    ],
  ]);
  const { logs } = sources;
  if (settings().enableProfiling && logs !== undefined) {
    const set = (verbosity: number): void => logs.setVerbosity(verbosity);
    routes.set("/debug/flags/v", verbosityRoute(set));
  }
  routes.set("/statusz", {
    answer: ({ headers }) => {
      const told = node();
      return answerStatusz({
        startedMs: told.startedMs,
        nowMs: HOST_CLOCK.nowMs(),
        version: VERSION,
        runtime: `deno ${Deno.version.deno}`,
        paths: topPaths(routes),
        lines: [
          ["Healthy", told.unhealthyBecause ?? "yes"],
          ...Object.entries(told.counts).map(([name, count]) =>
            [name, String(count)] as const
          ),
        ],
      }, headers.get("accept"));
    },
  });
  return siteHandler(routes);
}

function metricsRoute(metrics: Pick<Metrics, "text">): Route {
  return {
    async answer() {
      const { text, type } = await metrics.text();
      return new Response(text, { headers: { "Content-Type": type } });
    },
  };
}

/** One Service, with its connections and rates of now. */
function serviceRoute({ input, host }: SiteSources): Route {
  const list = cached(() => listFresh(host), {
    ...CACHE,
    minAgeMs: LISTING_AGE_MS,
  });
  return jsonRoute(async (url): Promise<ServiceReport | undefined> => {
    const name = (url.searchParams.get("name") ?? "") as ServiceName;
    if (!input().plans.has(name)) return reportService(name, input());
    const { servers, rates } = await list();
    const now = input();
    const known = now.inspection?.observed;
    const fresh: Fresh = {
      rates,
      ...(known === undefined ? {} : {
        observed: {
          ...{ virtualServers: servers, addresses: known.addresses },
          virtualServer: (key) => servers.get(key),
          hasAddress: (address) => known.hasAddress(address),
          hasElement: (id) => known.hasElement(id),
          elements: known.elements,
        },
      }),
    };
    return reportService(name, now, fresh);
  });
}

/** Two processes, however many look at Services at the same time. */
async function listFresh(host: SiteSources["host"]): Promise<{
  readonly servers: ReadonlyMap<VirtualServerKey, ObservedVirtualServer>;
  readonly rates: TrafficTable;
}> {
  const servers = await host.ipvs.list();
  return { servers, rates: await host.ipvs.traffic("rates") };
}
