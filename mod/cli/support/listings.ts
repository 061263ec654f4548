import type { Argv, CommandRunner } from "#apply";

/** Settings that have to do with Services, and no others. */
const SYSCTLS =
  "^net\\.(ipv4\\.(vs|ip_forward|icmp_rate)|ipv[46]\\.conf\\.(all|default)" +
  "\\.|ipv6\\.icmp|bridge\\.|netfilter\\.nf_conntrack_(max|count|tcp|udp))";

/** What the host's tools tell, and the file that it goes to. */
export const LISTINGS: readonly {
  readonly path: string;
  readonly argv: Argv;
}[] = [
  { path: "kernel/ipvsadm-save.txt", argv: ["ipvsadm", "-Sn"] },
  { path: "kernel/ipvsadm-list.txt", argv: ["ipvsadm", "-Ln", "--exact"] },
  {
    path: "kernel/ipvsadm-stats.txt",
    argv: ["ipvsadm", "-Ln", "--stats", "--exact"],
  },
  {
    path: "kernel/ipvs-timeouts.txt",
    argv: ["ipvsadm", "--list", "--timeout"],
  },
  { path: "kernel/ipset-save.txt", argv: ["ipset", "save"] },
  { path: "kernel/iptables-nft-save.txt", argv: ["iptables-nft-save"] },
  { path: "kernel/iptables-legacy-save.txt", argv: ["iptables-legacy-save"] },
  { path: "kernel/ip6tables-nft-save.txt", argv: ["ip6tables-nft-save"] },
  { path: "kernel/ip6tables-legacy-save.txt", argv: ["ip6tables-legacy-save"] },
  { path: "kernel/nft-tables.txt", argv: ["nft", "list", "tables"] },
  { path: "kernel/addresses.txt", argv: ["ip", "-oneline", "addr", "show"] },
  {
    path: "kernel/routes.txt",
    argv: ["ip", "route", "show", "table", "all"],
  },
  {
    path: "kernel/routes6.txt",
    argv: ["ip", "-6", "route", "show", "table", "all"],
  },
  { path: "kernel/rules.txt", argv: ["ip", "rule", "show"] },
  {
    path: "kernel/sysctl.txt",
    argv: ["sysctl", "--all", "--pattern", SYSCTLS],
  },
  { path: "kernel/modules.txt", argv: ["lsmod"] },
  { path: "kernel/conntrack.txt", argv: ["conntrack", "-C"] },
  { path: "versions/ipvsadm.txt", argv: ["ipvsadm", "--version"] },
  { path: "versions/ipset.txt", argv: ["ipset", "--version"] },
  { path: "versions/iptables.txt", argv: ["iptables-save", "--version"] },
  { path: "versions/ip.txt", argv: ["ip", "-V"] },
  { path: "versions/conntrack.txt", argv: ["conntrack", "--version"] },
];

/** What each listing says; what fails says why in its place. */
export async function gatherListings(
  runner: CommandRunner,
): Promise<{ readonly path: string; readonly text: string }[]> {
  const files: { path: string; text: string }[] = [];
  for (const { path, argv } of LISTINGS) {
    files.push({ path, text: await textOf(argv, runner) });
  }
  return files;
}

async function textOf(argv: Argv, runner: CommandRunner): Promise<string> {
  const head = `# ${argv.join(" ")}\n`;
  try {
    const { code, stdout, stderr } = await runner.run(argv);
    const failure = code === 0 ? "" : `# exit code ${code}\n`;
    return head + stdout + stderr.replace(/^(?=.)/gm, "# ") + failure;
  } catch (error) {
    return `${head}# ${error instanceof Error ? error.message : error}\n`;
  }
}
