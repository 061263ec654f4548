/**
 * The doors to the host. Operations and wishes come in; each tool's listing
 * goes out as typed values. It promises that every program is run through one
 * `CommandRunner`, that each change is one batch in the tool's restore mode,
 * that a batch which did not wholly succeed throws `BatchError`, and that
 * nothing reaches a batch that could be read as another line or option.
 *
 * @module
 */
export { type Clock, HOST_CLOCK, waitFor } from "./clock.ts";
export {
  BatchError,
  CommandError,
  type CommandErrorOptions,
  type CommandFailure,
  isAlreadyExists,
  isForbidden,
  isLockHeld,
  isNoSuchTable,
  isNotFound,
  isSetInUse,
} from "./errors.ts";
export { createHost, openHost } from "./host.ts";
export { HostCommandRunner } from "./host_command_runner.ts";
export {
  findIptablesBackEnd,
  type FoundBackEnd,
  type IptablesBackEnd,
} from "./iptables.ts";
export { deviceTo } from "./links.ts";
export { setCapacity, setType } from "./ipset_text.ts";
export {
  type AnyVirtualServer,
  formatIpvsOperation,
  formatIpvsSave,
} from "./ipvs_format.ts";
export {
  type ObservedTable,
  parseIpvsList,
  parseIpvsSave,
} from "./ipvs_parse.ts";
export {
  countOpenFrom,
  type IpvsConnection,
  isOpen,
  listIpvsConnections,
} from "./connections.ts";
export { addTraffic, NO_TRAFFIC, parseIpvsTraffic } from "./ipvs_traffic.ts";
export {
  countRefused,
  type MeasuredRun,
  MeasuredRunner,
} from "./measured_runner.ts";
export type * from "./types.ts";
