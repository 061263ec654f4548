import type { CleanupOptions } from "../cleanup/cleanup.ts";
import {
  type CleanupReport,
  formatReport,
  isClean,
} from "../cleanup/report.ts";
import { parseCommandLine } from "../command_line.ts";
import type { Command, Surroundings } from "../command.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import { OUTPUT_FLAG, printAnswer, runDirOf } from "../output.ts";
import { BOOLEAN, TEXT } from "../value_kinds.ts";

/** Where and how, as the command line says it. */
export interface CleanupRequest extends CleanupOptions {
  /** Folder of the record. */
  readonly runDir: string;
}

async function runCleanup(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { name, flags } = CLEANUP;
  const line = parseCommandLine(args, { command: name, flags });
  const report: CleanupReport = await surroundings.cleanUp({
    what: line.isOn("kube-proxy") ? "both" : "ours",
    dryRun: line.isOn("dry-run"),
    withoutRecord: line.isOn("without-record"),
    force: line.isOn("force"),
    runDir: runDirOf(line),
  });
  const { print } = surroundings;
  await printAnswer(report, () => formatReport(report), { line, print });
  return isClean(report) ? EXIT.success : EXIT.failure;
}

/** Takes away what the agent made. */
export const CLEANUP: Command = {
  name: "cleanup",
  summary: "take away what the agent made on this node",
  usage: "[flags]",
  about: [
    "Removes what the agent made and nothing else: virtual servers and addresses",
    "that it has on record in --run-dir, its sets and chains with the jumps to",
    "them in both iptables back ends, its local routes, and kube-ipvs0 when nothing",
    "of others is left on it. It prints a line for each thing that went, and for",
    "each that stays with the reason. Kernel settings are named, not taken back.",
    "Doing it again does no harm. It refuses while an agent runs here.",
    "",
    "With --kube-proxy also what kube-proxy's ipvs and iptables modes left, which",
    "keep no record: chains with their names and nothing but their rules, the jumps",
    "to them, the 17 sets of each family, and those virtual servers and addresses",
    "that these name. Stop kube-proxy first: it would make all of it again. The",
    "kubelet's chains and chains with rules of others stay. Without --kube-proxy,",
    "what a kube-proxy serves by now stays with it.",
  ],
  flags: [
    {
      flag: "kube-proxy",
      kind: BOOLEAN,
      meaning: "also remove what kube-proxy's ipvs and iptables modes left",
    },
    {
      flag: "dry-run",
      kind: BOOLEAN,
      meaning: "say what would go and what stays, change nothing",
    },
    {
      flag: "run-dir",
      kind: TEXT,
      meaning: "folder of the agent's record (default /run/kube-proxy)",
    },
    {
      flag: "without-record",
      kind: BOOLEAN,
      meaning: "where there is no record, take what our own sets name",
    },
    {
      flag: "force",
      kind: BOOLEAN,
      meaning: "do it although an agent runs on this node",
    },
    OUTPUT_FLAG,
  ],
  examples: [
    "kube-proxy cleanup --dry-run",
    "kube-proxy cleanup",
    "kube-proxy cleanup --kube-proxy -o json",
  ],
  notes: [
    "Exit code 1 says that something could not be removed or looked at.",
  ],
  run: runCleanup,
};
