import { FIELDS } from "./fields.ts";
import { RUN_FLAGS } from "./run_flags.ts";

const EXIT_CODES = `Exit codes:
  0  success
  1  it failed while it ran
  2  wrong flag, argument or configuration; nothing was done
  3  a module, tool or permission is missing; nothing was touched`;

const OVERVIEW = `kube-proxy programs this node's kernel (IPVS, ipset, iptables)
so that Kubernetes Services answer.

Usage:
  kube-proxy run [flags]          watch the cluster and program the kernel
  kube-proxy check [flags]        look whether this node has what run needs
  kube-proxy config check FILE    say what is wrong with a configuration file
  kube-proxy version              print the version
  kube-proxy help [command]       print help

Flags without a command mean "run", as with Kubernetes' own kube-proxy:
  kube-proxy --config=/var/lib/kube-proxy/config.conf

${EXIT_CODES}`;

const RUN_EXAMPLES = `Examples:
  kube-proxy run --kubeconfig=/etc/kubernetes/kube-proxy.conf
  kube-proxy run --config=/var/lib/kube-proxy/config.conf -v=2
  kube-proxy run --kubeconfig=F --dry-run     # what would one pass change?
  kube-proxy run --kubeconfig=F --once        # one complete pass, then end

SIGTERM and SIGINT end it and leave the kernel's tables as they are, so that
traffic goes on. SIGHUP is ignored.`;

function flagLines(): string[] {
  const rows = [
    ...RUN_FLAGS.filter(({ refused }) => refused === undefined),
    ...FIELDS.flatMap(({ flag, kind, meaning, use }) =>
      flag === undefined || use === "ignored" ? [] : [{ flag, kind, meaning }]
    ),
  ].sort((a, b) => a.flag < b.flag ? -1 : 1);
  return rows.map(({ flag, kind, meaning }) => {
    const name = flag.length === 1 ? `-${flag}` : `--${flag}`;
    return `  ${name}\n        ${meaning}; ${kind.allowed}`;
  });
}

function runHelp(): string {
  return [
    "Usage: kube-proxy run [flags]",
    "",
    "Watches Services, EndpointSlices, ServiceCIDRs and its Node, and makes the",
    "kernel's tables as they say. Flags, file and names are kube-proxy's own;",
    '"_" in a flag is read as "-". With --config, flags of configuration fields',
    "have no effect, but for those of logging and --hostname-override.",
    "",
    "Flags:",
    ...flagLines(),
    "",
    RUN_EXAMPLES,
    "",
    EXIT_CODES,
  ].join("\n");
}

const CHECK_HELP = `Usage: kube-proxy check [flags]

Looks for the tools, kernel modules and settings that "run" needs and prints a
line for each: ok, warn or fail, with the remedy. It changes nothing. Flags are
those of "run"; the scheduler, for instance, decides which module is needed.

Examples:
  kube-proxy check
  kube-proxy check --ipvs-scheduler=mh

${EXIT_CODES}`;

const CONFIG_HELP = `Usage: kube-proxy config check FILE

Reads a KubeProxyConfiguration (kubeproxy.config.k8s.io/v1alpha1) and prints
every value that is wrong, with what is allowed, and every field that has no
effect here. Exit code 2 when a value is wrong.

Examples:
  kube-proxy config check /var/lib/kube-proxy/config.conf`;

const VERSION_HELP = `Usage: kube-proxy version

Prints the version of this program and of its runtime.

Examples:
  kube-proxy version
  kube-proxy --version`;

/** Help of a command; of the whole program when there is no such command. */
export function helpOf(command = ""): string {
  switch (command) {
    case "run":
      return runHelp();
    case "check":
      return CHECK_HELP;
    case "config":
      return CONFIG_HELP;
    case "version":
      return VERSION_HELP;
    default:
      return OVERVIEW;
  }
}
