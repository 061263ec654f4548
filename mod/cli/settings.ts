import { DEFAULT_MARK_RANGE } from "#plan";
import { parseDuration } from "./duration.ts";
import { BETTER_DEFAULTS } from "./defaults.ts";
import { UsageError } from "./exit_code.ts";
import { FIELDS } from "./fields.ts";
import type { ParsedFlags } from "./flags.ts";
import { DEFAULT_NODE_PORTS, parsePortRange } from "./node_port_range.ts";
import type { BindAddress, Settings } from "./settings_types.ts";
import { parseBind, parseMarkRange } from "./value_kinds.ts";

/** Fields whose flag wins over the file, as in kube-proxy. */
const FLAG_WINS: ReadonlySet<string> = new Set([
  "hostnameOverride",
  "logging.format",
  "logging.verbosity",
]);

type Values = ReadonlyMap<string, unknown>;

interface Merged {
  readonly values: Values;
  readonly given: ReadonlySet<string>;
  readonly warnings: readonly string[];
}

function merge(flags: ParsedFlags, file: FileValues | undefined): Merged {
  const compat = flags.run.get("compat") === true;
  const values = new Map<string, unknown>(
    FIELDS.map(({ path, initial }) => [path, initial]),
  );
  for (const { path, ours, compat: theirs } of BETTER_DEFAULTS) {
    values.set(path, compat ? theirs : ours);
  }
  // kube-proxy's own oddity: with flags alone this is iptables mode's.
  if (compat && file === undefined) values.set("ipvs.minSyncPeriod", "1s");
  const warnings: string[] = [...file?.warnings ?? []];
  const given = new Map(file?.fields ?? []);
  for (const [path, value] of flags.fields) {
    const field = FIELDS.find((one) => one.path === path);
    if (file !== undefined && !FLAG_WINS.has(path)) {
      warnings.push(`flag --${field?.flag} has no effect beside --config`);
    } else if (field?.use === "ignored") {
      warnings.push(
        `flag --${field.flag} has no effect here: ${field.meaning}`,
      );
    } else given.set(path, value);
  }
  for (const [path, value] of given) {
    if (Array.isArray(value) && value.length === 0) given.delete(path);
    else values.set(path, value);
  }
  return { values, given: new Set(given.keys()), warnings };
}

/** What a configuration file gave; see `parseConfigFile`. */
export interface FileValues {
  /** Values by path. */
  readonly fields: ReadonlyMap<string, unknown>;
  /** Sentences to log. */
  readonly warnings: readonly string[];
}

/** Reads of one merged table, each with the type that its kind checked. */
class Reader {
  readonly #values: Values;

  constructor(values: Values) {
    this.#values = values;
  }
  text(path: string): string {
    return String(this.#values.get(path) ?? "");
  }
  flag(path: string): boolean {
    return this.#values.get(path) === true;
  }
  number(path: string): number {
    return Number(this.#values.get(path) ?? 0);
  }
  gate(name: string, { fallback }: { readonly fallback: boolean }): boolean {
    const gates = (this.#values.get("featureGates") ?? {}) as Record<
      string,
      boolean
    >;
    return gates[name] ?? fallback;
  }
  list(path: string): readonly string[] {
    return (this.#values.get(path) ?? []) as readonly string[];
  }
  ms(path: string): number {
    return parseDuration(this.text(path)) ?? 0;
  }
  bind(path: string, port: number): BindAddress | undefined {
    return parseBind(this.text(path), port);
  }
}

/** What is wrong only when values are seen together. */
function findContradictions(settings: Settings): string[] {
  const { syncPeriodMs, minSyncPeriodMs, detectLocal, nodePortAddresses } =
    settings;
  const errors: string[] = [];
  if (minSyncPeriodMs > syncPeriodMs) {
    errors.push(
      `ipvs.minSyncPeriod: Cannot use ${minSyncPeriodMs} ms: ` +
        `allowed is at most ipvs.syncPeriod, ${syncPeriodMs} ms`,
    );
  }
  if (
    detectLocal.mode === "BridgeInterface" && detectLocal.bridgeInterface === ""
  ) {
    errors.push(
      'detectLocal.bridgeInterface: Cannot use "": allowed is the name of ' +
        "a bridge when detectLocalMode is BridgeInterface",
    );
  }
  if (
    detectLocal.mode === "InterfaceNamePrefix" &&
    detectLocal.interfaceNamePrefix === ""
  ) {
    errors.push(
      'detectLocal.interfaceNamePrefix: Cannot use "": allowed is a prefix ' +
        "when detectLocalMode is InterfaceNamePrefix",
    );
  }
  if ((settings.markRange.value >>> settings.masqueradeBit) & 1) {
    errors.push(
      "--firewall-mark-range: Cannot use a value with bit " +
        `${settings.masqueradeBit}: that is iptables.masqueradeBit; ` +
        "choose another for one of them",
    );
  }
  if (nodePortAddresses.includes("primary") && nodePortAddresses.length > 1) {
    errors.push(
      `nodePortAddresses: Cannot use ${JSON.stringify(nodePortAddresses)}: ` +
        'allowed is "primary" alone, or CIDRs',
    );
  }
  return errors;
}

/**
 * Flags, file and defaults in one, as kube-proxy merges them: a file
 * replaces all flags but those of logging, `--hostname-override` and those
 * that are no field of the file.
 *
 * @throws {UsageError} naming every contradiction
 */
export function resolveSettings(
  flags: ParsedFlags,
  file?: FileValues,
): Settings {
  const { values, given, warnings } = merge(flags, file);
  const read = new Reader(values);
  const healthz = read.bind("healthzBindAddress", 10256);
  const metrics = read.bind("metricsBindAddress", 10249);
  const settings: Settings = {
    ...runSettings(flags.run),
    kubeconfig: read.text("clientConnection.kubeconfig"),
    hostnameOverride: read.text("hostnameOverride"),
    logFormat: read.text("logging.format") === "json" ? "json" : "text",
    verbosity: read.number("logging.verbosity"),
    scheduler: read.text("ipvs.scheduler") || "rr",
    syncPeriodMs: read.ms("ipvs.syncPeriod") || 30_000,
    minSyncPeriodMs: read.ms("ipvs.minSyncPeriod"),
    externalIps: read.gate("AllowServiceExternalIPs", { fallback: true }),
    strictArp: read.flag("ipvs.strictARP"),
    ipvsTimeouts: {
      tcpMs: read.ms("ipvs.tcpTimeout"),
      tcpFinMs: read.ms("ipvs.tcpFinTimeout"),
      udpMs: read.ms("ipvs.udpTimeout"),
    },
    masqueradeBit: read.number("iptables.masqueradeBit"),
    masqueradeAll: read.flag("iptables.masqueradeAll"),
    detectLocal: detectLocalOf(read),
    nodePortAddresses: read.list("nodePortAddresses"),
    conntrack: conntrackOf(read),
    ...(healthz === undefined ? {} : { healthz }),
    ...(metrics === undefined ? {} : { metrics }),
    bindHardFail: read.flag("bindAddressHardFail"),
    enableProfiling: read.flag("enableProfiling"),
    values,
    given,
    warnings,
  };
  const errors = findContradictions(settings);
  if (errors.length > 0) throw new UsageError(errors);
  return settings;
}

function runSettings(
  run: Values,
): Pick<
  Settings,
  | "config"
  | "master"
  | "runDir"
  | "writeConfigTo"
  | "initOnly"
  | "stateDir"
  | "dryRun"
  | "once"
  | "compat"
  | "localhostNodePorts"
  | "trafficMetrics"
  | "serviceCidrRoutes"
  | "markRange"
  | "nodePortRange"
> {
  return {
    config: String(run.get("config") ?? ""),
    master: String(run.get("master") ?? ""),
    writeConfigTo: String(run.get("write-config-to") ?? ""),
    initOnly: run.get("init-only") === true,
    runDir: String(run.get("run-dir") ?? "/run/kube-proxy"),
    stateDir: String(run.get("state-dir") ?? ""),
    dryRun: run.get("dry-run") === true,
    once: run.get("once") === true,
    compat: run.get("compat") === true,
    serviceCidrRoutes: run.get("service-cidr-routes") === true,
    trafficMetrics: (run.get("traffic-metrics") ?? "auto") as Settings[
      "trafficMetrics"
    ],
    localhostNodePorts: run.get("localhost-node-ports") === true,
    markRange: parseMarkRange(String(run.get("firewall-mark-range"))) ??
      DEFAULT_MARK_RANGE,
    nodePortRange: parsePortRange(String(run.get("node-port-range"))) ??
      DEFAULT_NODE_PORTS,
  };
}

function detectLocalOf(read: Reader): Settings["detectLocal"] {
  return {
    mode: read.text("detectLocalMode") || "ClusterCIDR",
    bridgeInterface: read.text("detectLocal.bridgeInterface"),
    interfaceNamePrefix: read.text("detectLocal.interfaceNamePrefix"),
    clusterCidrs: read.text("clusterCIDR").split(",").filter((one) =>
      one !== ""
    ),
  };
}

function conntrackOf(read: Reader): Settings["conntrack"] {
  return {
    maxPerCore: read.number("conntrack.maxPerCore"),
    min: read.number("conntrack.min"),
    tcpEstablishedMs: read.ms("conntrack.tcpEstablishedTimeout"),
    tcpCloseWaitMs: read.ms("conntrack.tcpCloseWaitTimeout"),
    tcpBeLiberal: read.flag("conntrack.tcpBeLiberal"),
    udpMs: read.ms("conntrack.udpTimeout"),
    udpStreamMs: read.ms("conntrack.udpStreamTimeout"),
  };
}
