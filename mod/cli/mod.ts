/**
 * Turns what a user writes into a running agent. In: arguments and a
 * configuration file, both kube-proxy's own. Out: an exit code, and for `run`
 * the stages composed and at work. It promises that wrong usage and missing
 * prerequisites are told all at once, before anything is touched.
 *
 * @module
 */
export { EXIT, type ExitCode } from "./exit_code.ts";
export { main } from "./main.ts";
export { VERSION } from "./version.ts";
