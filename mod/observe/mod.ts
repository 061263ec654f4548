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
  startReport,
} from "./event_observer.ts";
export { type LogFormat, redact } from "./log_format.ts";
export {
  LOGGER_NAMES,
  type LogOptions,
  setUpLogs,
  setVerbosity,
} from "./log_setup.ts";
export { logObserver } from "./log_observer.ts";
export { healthHandler, metricsHandler } from "./handlers.ts";
export {
  answerHealthz,
  answerLivez,
  FAMILY_LABELS,
  type HealthAnswer,
  type HealthInput,
  isHealthy,
} from "./health.ts";
export { type HttpServerOptions, serveHttp } from "./http_server.ts";
export { Metrics, type MetricsSources } from "./metrics.ts";
export type { StateSources } from "./state_metrics.ts";
export { mergeObservers } from "./merge_observers.ts";
export { type NotifySocket, openNotifySocket } from "./notify_socket.ts";
export {
  describeState,
  type ManagerWishes,
  readServiceManager,
  ServiceManager,
  type ServiceManagerOptions,
} from "./service_manager.ts";
