import { type Answer, fails, misuse, says } from "./misuse.ts";

/** sysctl (procps 4.0) over a map. */
export class FakeSysctl {
  /** Values by dotted name; a test adds what its kernel has. */
  readonly values = new Map<string, string>(Object.entries(DEFAULTS));
  /** Names whose writing is refused with "Invalid argument". */
  readonly refused = new Set<string>();

  run(parameters: readonly string[], stdin: string): Answer {
    const [option = "", ...names] = parameters;
    if (option === "-p" && names[0] === "-" && names.length === 1) {
      return this.#write(stdin);
    }
    if (option !== "-e" && option !== "-n") {
      return misuse("sysctl", parameters.join(" "));
    }
    let stdout = "";
    let stderr = "";
    for (const name of names) {
      const value = this.values.get(name);
      if (value === undefined) {
        if (option === "-n") stderr += missing(name);
      } else stdout += option === "-n" ? `${value}\n` : `${name} = ${value}\n`;
    }
    return { code: stderr === "" ? 0 : 1, stdout, stderr };
  }

  /** All values as `sysctl -p` reads them. */
  dump(): string {
    return [...this.values].map(([name, value]) => `${name} = ${value}\n`)
      .join("");
  }

  /** Its exit code says nothing of lines refused with "Invalid argument". */
  #write(stdin: string): Answer {
    let stdout = "";
    let stderr = "";
    let code = 0;
    for (const line of stdin.split("\n")) {
      if (line.trim() === "" || /^[#;]/.test(line)) continue;
      const match = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(line);
      if (match === null) misuse("sysctl", `the line "${line}"`);
      const [, name = "", value = ""] = match;
      if (!this.values.has(name)) {
        stderr += missing(name);
        code = 1;
      } else if (this.refused.has(name)) {
        stderr += `sysctl: setting key "${name}": Invalid argument\n`;
      } else {
        this.values.set(name, value);
        stdout += `${name} = ${value}\n`;
      }
    }
    return { code, stdout, stderr };
  }
}

function missing(name: string): string {
  const path = name.replaceAll(".", "/");
  return `sysctl: cannot stat /proc/sys/${path}: No such file or directory\n`;
}

const DEFAULTS: Readonly<Record<string, string>> = {
  "net.ipv4.vs.conntrack": "0",
  "net.ipv4.vs.conn_reuse_mode": "1",
  "net.ipv4.vs.expire_nodest_conn": "0",
  "net.ipv4.vs.expire_quiescent_template": "0",
  "net.ipv4.vs.run_estimation": "1",
  "net.ipv4.vs.sloppy_tcp": "0",
  "net.ipv4.vs.sloppy_sctp": "0",
  "net.ipv4.ip_forward": "0",
  "net.ipv6.conf.all.forwarding": "0",
  "net.ipv6.conf.all.disable_ipv6": "0",
  "net.ipv4.conf.all.arp_ignore": "0",
  "net.ipv4.conf.all.arp_announce": "0",
  "net.ipv4.conf.all.route_localnet": "0",
  "net.netfilter.nf_conntrack_max": "262144",
  "net.netfilter.nf_conntrack_tcp_timeout_established": "432000",
  "net.netfilter.nf_conntrack_tcp_timeout_close_wait": "60",
  "net.netfilter.nf_conntrack_tcp_be_liberal": "0",
  "net.netfilter.nf_conntrack_udp_timeout": "30",
  "net.netfilter.nf_conntrack_udp_timeout_stream": "120",
  "kernel.osrelease": "6.1.0-fake",
};

/** modprobe and lsmod (kmod 30). */
export class FakeModules {
  /** Modules that are loaded. */
  readonly loaded = new Set<string>(["nf_conntrack"]);
  /** Modules that cannot be loaded because there is no file. */
  readonly absent = new Set<string>();
  /** Modules that the kernel refuses to load. */
  readonly refused = new Set<string>();

  modprobe(parameters: readonly string[]): Answer {
    const names = parameters.filter((word) => !word.startsWith("-"));
    const options = parameters.filter((word) => word.startsWith("-"));
    const text = options.join(" ");
    const isDry = text === "--dry-run --all";
    if (!isDry && text !== "-a") misuse("modprobe", parameters.join(" "));
    let stderr = "";
    for (const name of names) {
      if (this.absent.has(name)) {
        stderr += `modprobe: WARNING: Module ${name} not found in directory ` +
          "/lib/modules/6.1.0-fake\n";
      } else if (isDry) continue;
      else if (this.refused.has(name)) {
        stderr += `modprobe: ERROR: could not insert '${name}': ` +
          "Operation not permitted\n";
      } else this.loaded.add(name);
    }
    return { code: stderr === "" ? 0 : 1, stdout: "", stderr };
  }

  lsmod(parameters: readonly string[]): Answer {
    if (parameters.length > 0) misuse("lsmod", parameters.join(" "));
    const rows = [...this.loaded].map((name) =>
      `${name.padEnd(22)} 16384  0\n`
    );
    return says(`Module                  Size  Used by\n${rows.join("")}`);
  }
}

/** One tracked connection. */
export interface FakeFlow {
  readonly protocol: "tcp" | "udp" | "sctp";
  readonly source: string;
  readonly sourcePort: number;
  readonly address: string;
  readonly port: number;
  readonly replySource: string;
  readonly replyPort: number;
}

/** conntrack 1.4.7. */
export class FakeConntrack {
  /** Tracked connections; tests add them. */
  flows: FakeFlow[] = [];

  /** Lines of `conntrack -L` for TCP; tests set them. */
  tcp: string[] = [];

  run(parameters: readonly string[], stdin: string): Answer {
    const [option, file] = parameters;
    if (/^-L -f ipv[46] -p tcp$/.test(parameters.join(" "))) {
      return says(this.tcp.join(""));
    }
    if (option !== "-R" || file !== "-" || parameters.length !== 2) {
      return misuse("conntrack", parameters.join(" "));
    }
    let stdout = "";
    for (const line of stdin.split("\n")) {
      if (line.trim() === "") continue;
      const match = FLOW_LINE.exec(line);
      if (match === null) {
        return fails(2, `conntrack v1.4.7 (conntrack-tools): bad "${line}"\n`);
      }
      const [, protocol, address, port, source, sourcePort] = match;
      const [replySource, replyPort] = match.slice(6);
      const gone = this.flows.filter((flow) =>
        flow.protocol === protocol && flow.address === address &&
        flow.port === Number(port) &&
        (source === undefined || flow.source === source) &&
        (sourcePort === undefined || flow.sourcePort === Number(sourcePort)) &&
        (replySource === undefined || flow.replySource === replySource) &&
        (replyPort === undefined || flow.replyPort === Number(replyPort))
      );
      this.flows = this.flows.filter((flow) => !gone.includes(flow));
      stdout += gone.map(flowText).join("");
    }
    return says(stdout);
  }

  /** All flows, one a line. */
  dump(): string {
    return this.flows.map(flowText).join("");
  }
}

const FLOW_LINE =
  /^-D -p (udp|sctp|tcp) -d (\S+) --dport (\d+)(?: -s (\S+) --sport (\d+))?(?: -r (\S+) --reply-port-src (\d+))?$/;

function flowText(flow: FakeFlow): string {
  return `${flow.protocol} src=${flow.source} dst=${flow.address} ` +
    `sport=${flow.sourcePort} dport=${flow.port} src=${flow.replySource} ` +
    `dst=${flow.source} sport=${flow.replyPort} dport=${flow.sourcePort}\n`;
}
