/**
 * Lets people see what the agent does: logs, and later metrics, health,
 * status and Events. In: what the other stages say about themselves. Out:
 * text for people and machines. It changes nothing, in the cluster or on the
 * host, and writes no secret.
 *
 * @module
 */
export {
  eventObserver,
  type EventObserverOptions,
  healthCheckReport,
  prerequisiteReport,
  type ServerName,
  serverReport,
  startReport,
} from "./event_observer.ts";
export { type LogFormat, redact } from "./log_format.ts";
export {
  type LogControl,
  LOGGER_NAMES,
  type LogOptions,
  setUpLogs,
} from "./log_setup.ts";
export { logObserver } from "./log_observer.ts";
export {
  BoundedServer,
  type Connections,
  type HandleOf,
  newConnections,
  type ServerLimits,
} from "./bounded_server.ts";
export {
  HealthCheckPorts,
  type HealthCheckPortsOptions,
  type OpenPort,
} from "./health_check_ports.ts";
export type { Handle } from "./http_connection.ts";
export { healthHandler } from "./handlers.ts";
export { jsonResponse } from "./http_server.ts";
export {
  answerHealthz,
  answerLivez,
  answerReadyz,
  FAMILY_LABELS,
  type HealthAnswer,
  type HealthInput,
  isHealthy,
  whyUnhealthy,
} from "./health.ts";
export { type HttpServerOptions, serveHttp } from "./http_server.ts";
export { type IdleTimeouts, Metrics, type MetricsSources } from "./metrics.ts";
export type { LimitSources } from "./limit_metrics.ts";
export type { StateSources } from "./state_metrics.ts";
export type { TrafficSources } from "./traffic_metrics.ts";
export type {
  ListedServers,
  RealServerSources,
} from "./real_server_metrics.ts";
export { TrafficReader, type TrafficReaderOptions } from "./traffic_reader.ts";
export type { TrafficMode } from "./traffic_totals.ts";
export { History, type HistoryView } from "./report/history.ts";
export {
  conflictsByFrontend,
  type Fresh,
  type ReportInput,
  type TrafficTable,
} from "./report/input.ts";
export { reportNode } from "./report/node_report.ts";
export { reportService, summariseServices } from "./report/service_report.ts";
export type * from "./report/past.ts";
export type * from "./report/types.ts";
export { verbosityRoute } from "./debug_flags.ts";
export { pageRoute } from "./page.ts";
export {
  cached,
  type CacheOptions,
  type ServiceTable,
  serviceTable,
} from "./page_data.ts";
export {
  jsonRoute,
  type Route,
  siteHandler,
  textRoute,
  topPaths,
} from "./site.ts";
export { answerFlagz, answerStatusz, type StatuszInput } from "./z_pages.ts";
export { mergeObservers } from "./merge_observers.ts";
export * from "./explain/mod.ts";
export { type NotifySocket, openNotifySocket } from "./notify_socket.ts";
export {
  describeState,
  type ManagerWishes,
  readServiceManager,
  ServiceManager,
  type ServiceManagerOptions,
} from "./service_manager.ts";
