import type { TrafficMode } from "#observe";
import type { MarkRange } from "#plan";
import type { PortRange } from "./node_port_range.ts";

/** Where a server listens. */
export interface BindAddress {
  /** IP address. */
  readonly host: string;
  /** Port, 1 to 65535. */
  readonly port: number;
}

/** Everything that `run` is told, with defaults filled in. */
export interface Settings {
  /** Configuration file; empty: none. */
  readonly config: string;
  /** kubeconfig; empty: the credentials of the pod. */
  readonly kubeconfig: string;
  /** URL of the API server that overrides the kubeconfig's; empty: none. */
  readonly master: string;
  /** Name of this node; empty: the host's name. */
  readonly hostnameOverride: string;
  /** Where to write the configuration, "-" for standard output; empty: not. */
  readonly writeConfigTo: string;
  /** Prepare the node and end. */
  readonly initOnly: boolean;
  /** Folder of the state file. */
  readonly runDir: string;
  /** Folder of the snapshot that outlives a boot; empty: none is kept. */
  readonly stateDir: string;
  /** Print the difference and end. */
  readonly dryRun: boolean;
  /** End after one complete pass. */
  readonly once: boolean;
  /** kube-proxy's defaults were asked for. */
  readonly compat: boolean;
  /** Local routes of ServiceCIDRs in place of addresses of cluster IPs. */
  readonly serviceCidrRoutes: boolean;
  /** Answer TCP node ports on 127.0.0.1. */
  readonly localhostNodePorts: boolean;
  /** Whose traffic the metrics tell. */
  readonly trafficMetrics: TrafficMode;
  /** How log lines look. */
  readonly logFormat: "text" | "json";
  /** How much is logged, as klog's `-v`. */
  readonly verbosity: number;
  /** Scheduler of Services that name none. */
  readonly scheduler: string;
  /** Longest time between full comparisons, ms. */
  readonly syncPeriodMs: number;
  /** Shortest time between passes, ms; 0: none. */
  readonly minSyncPeriodMs: number;
  /** Whether Services' externalIPs are honoured. */
  readonly externalIps: boolean;
  /** Answer no ARP for addresses of Services. */
  readonly strictArp: boolean;
  /** IPVS timeouts in ms; 0: as the kernel has it. */
  readonly ipvsTimeouts: {
    /** Idle TCP. */
    readonly tcpMs: number;
    /** TCP after a FIN. */
    readonly tcpFinMs: number;
    /** UDP. */
    readonly udpMs: number;
  };
  /** Ports that the API server gives to node ports. */
  readonly nodePortRange: PortRange;
  /** Firewall marks of virtual servers. */
  readonly markRange: MarkRange;
  /** Bit of the masquerade mark, 0 to 31. */
  readonly masqueradeBit: number;
  /** Masquerade everything that goes to a cluster IP. */
  readonly masqueradeAll: boolean;
  /** How this node's pods are recognised. */
  readonly detectLocal: {
    /** Mode, as the file names it. */
    readonly mode: string;
    /** Bridge, for `BridgeInterface`. */
    readonly bridgeInterface: string;
    /** Prefix, for `InterfaceNamePrefix`. */
    readonly interfaceNamePrefix: string;
    /** Networks of all pods, for `ClusterCIDR`; may be empty. */
    readonly clusterCidrs: readonly string[];
  };
  /** CIDRs, or "primary" alone; empty: those of the Node object. */
  readonly nodePortAddresses: readonly string[];
  /** Connection tracking; 0: as the kernel has it. */
  readonly conntrack: {
    /** Entries per CPU. */
    readonly maxPerCore: number;
    /** Least number of entries. */
    readonly min: number;
    /** Idle TCP, ms. */
    readonly tcpEstablishedMs: number;
    /** CLOSE_WAIT, ms. */
    readonly tcpCloseWaitMs: number;
    /** Let packets outside the window pass. */
    readonly tcpBeLiberal: boolean;
    /** UDP, ms. */
    readonly udpMs: number;
    /** Answered UDP, ms. */
    readonly udpStreamMs: number;
  };
  /** Where health is served; absent: nowhere. */
  readonly healthz?: BindAddress;
  /** Where metrics are served; absent: nowhere. */
  readonly metrics?: BindAddress;
  /** End when a server cannot be bound. */
  readonly bindHardFail: boolean;
  /** Let the metrics server change how much is logged. */
  readonly enableProfiling: boolean;
  /** Value of every field of the file, by path, defaults filled in. */
  readonly values: ReadonlyMap<string, unknown>;
  /** Fields that file or flags gave. */
  readonly given: ReadonlySet<string>;
  /** Sentences to log at start. */
  readonly warnings: readonly string[];
}
