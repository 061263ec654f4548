import { parseCommandLine } from "../command_line.ts";
import type { Command, Surroundings } from "../command.ts";
import { EXIT, type ExitCode, UsageError } from "../exit_code.ts";
import type {
  MigrateOptions,
  MigrateVerb,
  MigrationReport,
} from "../migrate/types.ts";
import { OUTPUT_FLAG, printAnswer, runDirOf } from "../output.ts";
import { BOOLEAN, TEXT } from "../value_kinds.ts";

const VERBS: readonly MigrateVerb[] = ["plan", "apply", "rollback"];

/** Which step, and where the record is. */
export interface MigrateRequest extends MigrateOptions {
  /** Folder of the agent's record. */
  readonly runDir: string;
}

/** The report for people. */
export function formatMigration(report: MigrationReport): readonly string[] {
  const { found, done, problems, next } = report;
  return [
    ...found.map((text) => `found    ${text}`),
    ...done.map((text) => `done     ${text}`),
    ...problems.map((text) => `problem  ${text}`),
    ...(next === undefined ? [] : [`next     ${next}`]),
    ...(next === undefined && problems.length === 0 ? ["complete"] : []),
  ];
}

async function runMigrate(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { name, flags } = MIGRATE;
  const line = parseCommandLine(args, {
    ...{ command: name, flags, arguments: [VERBS.join("|")] },
  });
  const [word] = line.arguments;
  const verb = VERBS.find((one) => one === word);
  if (verb === undefined) {
    throw new UsageError([
      `Cannot migrate "${word}": write plan, apply or rollback`,
    ]);
  }
  const report = await surroundings.migrate({
    verb,
    force: line.isOn("force"),
    runDir: runDirOf(line),
  });
  const { print } = surroundings;
  await printAnswer(report, () => formatMigration(report), { line, print });
  return report.problems.length === 0 ? EXIT.success : EXIT.failure;
}

/** Moves this node over from kube-proxy's ipvs or iptables mode, or back. */
export const MIGRATE: Command = {
  name: "migrate",
  summary: "move this node over from kube-proxy, or back",
  usage: "plan|apply|rollback",
  about: [
    "Over, without a moment in which nobody serves:",
    '  1. "migrate plan" looks, says which mode it found, and changes nothing',
    "  2. stop kube-proxy on this node; what it made goes on serving",
    '  3. ipvs mode only: "migrate apply" puts on the agent\'s record what is',
    "     provably kube-proxy's; of iptables mode nothing is taken over",
    "  4. start the agent: it makes what it needs beside that, or in place",
    '  5. "migrate apply" removes kube-proxy\'s rules and sets, once the agent serves',
    "     each frontend that they serve",
    "Back:",
    "  1. stop the agent; what it made goes on serving",
    "  2. start kube-proxy and let it sync",
    '  3. "migrate rollback" removes what is the agent\'s alone; in iptables mode',
    "     not before the connections that go through IPVS have ended",
    "Each step says what comes next, refuses when it is too early, and may be run",
    "again. What belongs to neither is not touched. docs/migrate.md has the rest.",
  ],
  flags: [
    {
      flag: "run-dir",
      kind: TEXT,
      meaning: "folder of the agent's record (default /run/kube-proxy)",
    },
    {
      flag: "force",
      kind: BOOLEAN,
      meaning:
        "go on although frontends go unserved or connections end: only " +
        "where a problem says so",
    },
    OUTPUT_FLAG,
  ],
  examples: [
    "kube-proxy migrate plan",
    "kube-proxy migrate apply",
    "kube-proxy migrate rollback -o json",
  ],
  words: VERBS,
  notes: ["Exit code 1 says that it did not go on, and why."],
  run: runMigrate,
};
