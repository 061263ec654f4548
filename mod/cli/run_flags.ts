import { PORT_RANGE } from "./node_port_range.ts";
import {
  BOOLEAN,
  choice,
  MARK_RANGE,
  TEXT,
  type ValueKind,
} from "./value_kinds.ts";

/** A flag that is no field of the configuration file. */
export interface RunFlag {
  /** Name without dashes. */
  readonly flag: string;
  /** What it may be. */
  readonly kind: ValueKind;
  /** What it means. */
  readonly meaning: string;
  /** Why it is refused; absent: it is honoured. */
  readonly refused?: string;
}

type Row = readonly [flag: string, kind: ValueKind, meaning: string];

// deno-fmt-ignore -- a table, one row a line
const HONOURED: readonly Row[] = [
  ["config", TEXT, "configuration file, KubeProxyConfiguration v1alpha1"],
  ["master", TEXT, "URL of the API server, in place of the kubeconfig's"],
  ["run-dir", TEXT, "folder for the state that ends with the next boot (default /run/kube-proxy)"],
  ["write-config-to", TEXT, "write the configuration that holds to this file, \"-\" for standard output, and end"],
  ["init-only", BOOLEAN, "load modules and write kernel settings, for which later starts then need no right, and end"],
  ["state-dir", TEXT, "folder for a snapshot of what the cluster says: after a reboot without an API server it serves until that answers (default: none is kept; use /var/lib/kube-proxy)"],
  ["once", BOOLEAN, "make the kernel as the cluster says, once, and end"],
  ["dry-run", BOOLEAN, "print what one pass would do, change nothing, and end"],
  ["compat", BOOLEAN, "kube-proxy's defaults where ours differ"],
  ["service-cidr-routes", BOOLEAN, "one local route for each ServiceCIDR in place of an address for each cluster IP"],
  ["traffic-metrics", choice("auto", "off", "services", "all"), "whose connections, packets and bytes the metrics tell: of Services, of real servers too (all), or as many as a scrape bears (auto, the default)"],
  ["node-port-range", PORT_RANGE, "the API server's --service-node-port-range (default 30000-32767); masqueraded connections leave from other ports"],
  ["firewall-mark-range", MARK_RANGE, "firewall marks for policy Local (default 0x1000000/0xff000000); no other program may use them or change them on the way to IPVS"],
  ["localhost-node-ports", BOOLEAN, "answer TCP node ports on 127.0.0.1 too; this program forwards them"],
];

// deno-fmt-ignore -- a table, one row a line
const REFUSED: readonly Row[] = [
  ["cleanup", BOOLEAN, "use the command: kube-proxy cleanup"],
  ["healthz-port", TEXT, "use --healthz-bind-address"],
  ["metrics-port", TEXT, "use --metrics-bind-address"],
];

/** Flags of `run` that are no field of the file. */
export const RUN_FLAGS: readonly RunFlag[] = [
  ...HONOURED.map(([flag, kind, meaning]) => ({ flag, kind, meaning })),
  ...REFUSED.map(([flag, kind, refused]) => ({
    flag,
    kind,
    meaning: refused,
    refused,
  })),
];
