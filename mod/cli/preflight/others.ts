import type { CommandRunner, Host } from "#apply";
import type { Finding } from "../inspect_host.ts";

/** What tells that another program handles Services on this node. */
interface Trace {
  /** Its name. */
  readonly program: string;
  /** Whether two of them fight; otherwise it is worth knowing. */
  readonly result: "fail" | "warn";
  /** What to do. */
  readonly remedy: string;
}

const KUBE_PROXY: Trace = {
  program: "Kubernetes' own kube-proxy",
  result: "fail",
  remedy: "stop it on this node (its DaemonSet, or its unit), then take away " +
    'what it left with its own "kube-proxy --cleanup", or restart the node',
};
const KUBE_ROUTER: Trace = {
  program: "kube-router",
  result: "warn",
  remedy: "run it with --run-service-proxy=false",
};
const CILIUM: Trace = {
  program: "Cilium",
  result: "warn",
  remedy: 'its "kubeProxyReplacement" must be false: "cilium status" says so',
};
const NODE_LOCAL_DNS: Trace = {
  program: "NodeLocal DNSCache",
  result: "warn",
  remedy: "in ipvs mode it must listen on its own address alone, not on that " +
    "of the Service kube-dns",
};

/** Chains of kube-proxy's iptables and ipvs modes, in a table of ours or not. */
const CHAINS =
  /^:(KUBE-(?:SERVICES|NODEPORTS|NODE-PORT|PROXY-CANARY|LOAD-BALANCER|SVC-\S+)) /m;
/** Sets of kube-proxy's ipvs mode. */
const SETS =
  /^KUBE-(?:6-)?(?:CLUSTER-IP|LOOP-BACK|NODE-PORT-\S+|EXTERNAL-IP\S*|LOAD-BALANCER\S*)$/m;
const DEVICES: ReadonlyMap<string, Trace> = new Map([
  ["kube-dummy-if", KUBE_ROUTER],
  ["kube-bridge", KUBE_ROUTER],
  ["cilium_host", CILIUM],
  ["nodelocaldns", NODE_LOCAL_DNS],
]);

/** Looks for other programs that handle Services here; changes nothing. */
export async function checkOthers(
  runner: CommandRunner,
  host: Pick<Host, "iptables" | "links">,
): Promise<readonly Finding[]> {
  const seen = new Map<Trace, string[]>();
  const note = (trace: Trace, what: string): void => {
    const list = seen.get(trace) ?? [];
    seen.set(trace, [...list, what]);
  };
  const rules = await host.iptables.save("ipv4");
  const chain = CHAINS.exec(rules)?.[1];
  if (chain !== undefined) note(KUBE_PROXY, `chain ${chain}`);
  const sets = await outputOf(runner, ["ipset", "list", "-name"]);
  const set = SETS.exec(sets)?.[0];
  if (set !== undefined) note(KUBE_PROXY, `set ${set}`);
  const tables = await outputOf(runner, ["nft", "list", "tables"]);
  if (/^table ip6? kube-proxy$/m.test(tables)) {
    note(KUBE_PROXY, "nftables table kube-proxy");
  }
  for (const name of (await host.links.hostAddresses()).keys()) {
    const trace = DEVICES.get(name);
    if (trace !== undefined) note(trace, `device ${name}`);
  }
  if (seen.size === 0) {
    const text = "none handles Services here";
    return [{ result: "ok", subject: "other proxies", text }];
  }
  return [...seen].map(([{ program, result, remedy }, traces]) => ({
    result,
    subject: program,
    text: `traces of it are here: ${traces.join(", ")}`,
    remedy,
  }));
}

async function outputOf(
  runner: CommandRunner,
  argv: readonly [string, ...string[]],
): Promise<string> {
  try {
    return (await runner.run(argv)).stdout;
  } catch {
    return ""; // not installed
  }
}
