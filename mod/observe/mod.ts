/**
 * Lets people see what the agent does: logs, and later metrics, health,
 * status and Events. In: what the other stages say about themselves. Out:
 * text for people and machines. It changes nothing, in the cluster or on the
 * host, and writes no secret.
 *
 * @module
 */
export { type LogFormat, redact } from "./log_format.ts";
export { LOGGER_NAMES, type LogOptions, setUpLogs } from "./log_setup.ts";
export { logObserver } from "./log_observer.ts";
