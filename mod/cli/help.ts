import type { Command, CommandFlag } from "./command.ts";
import { commandOf, COMMANDS } from "./command_table.ts";

const EXIT_CODES = `Exit codes:
  0  success
  1  it failed while it ran
  2  wrong flag, argument or configuration; nothing was done
  3  a module, tool or permission is missing; nothing was touched`;

const SUMMARY_COLUMN = 34;

function overview(): string {
  const short = (usage: string): string => usage.replace(/ ?\[[^\]]*\]/g, "");
  const lines = COMMANDS.map(({ name, usage, summary }) =>
    `  ${
      `kube-proxy ${name} ${short(usage)}`.trim().padEnd(SUMMARY_COLUMN)
    }  ${summary}`
  );
  return [
    "kube-proxy programs this node's kernel (IPVS, ipset, iptables)",
    "so that Kubernetes Services answer.",
    "",
    "Usage:",
    ...lines,
    `  ${"kube-proxy help [command]".padEnd(SUMMARY_COLUMN)}  print help`,
    "",
    `Flags without a command mean "run", as with Kubernetes' own kube-proxy:`,
    "  kube-proxy --config=/var/lib/kube-proxy/config.conf",
    "",
    EXIT_CODES,
  ].join("\n");
}

function flagLines({ flag, short, kind, meaning }: CommandFlag): string {
  const name = flag.length === 1 ? `-${flag}` : `--${flag}`;
  const both = short === undefined ? name : `-${short}, ${name}`;
  return `  ${both}\n        ${meaning}; ${kind.allowed}`;
}

function helpOfOne(command: Command): string {
  const { name, usage, about, flags, hidesFlags, examples, notes, exitCodes } =
    command;
  return [
    `Usage: ${`kube-proxy ${name} ${usage}`.trim()}`,
    "",
    ...about,
    "",
    ...(flags.length === 0 || hidesFlags
      ? []
      : ["Flags:", ...flags.map(flagLines), ""]),
    "Examples:",
    ...examples.map((example) => `  ${example}`),
    ...(notes === undefined ? [] : ["", ...notes]),
    "",
    EXIT_CODES,
    ...(exitCodes ?? []),
  ].join("\n");
}

/** Help of a command; of the whole program when there is no such command. */
export function helpOf(name = ""): string {
  const command = commandOf(name);
  return command === undefined ? overview() : helpOfOne(command);
}
