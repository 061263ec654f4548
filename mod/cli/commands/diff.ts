import type { Command } from "../command.ts";
import { parseCommandLine } from "../command_line.ts";
import type { DiffReport } from "../control/types.ts";
import { EXIT } from "../exit_code.ts";
import { OUTPUT_FLAG, printAnswer, RUN_DIR_FLAG, runDirOf } from "../output.ts";

const FLAGS = [OUTPUT_FLAG, RUN_DIR_FLAG] as const;

/** Shows what a pass would do now. */
export const DIFF: Command = {
  name: "diff",
  summary: "what a pass would change now, as lines of the tools",
  usage: "[flags]",
  about: [
    "Has the agent list everything afresh, compare it with what the cluster says, and",
    "print what it would send to ipvsadm, ipset, iptables-restore and ip. Changes",
    "nothing. What another program changed shows here until the next audit repairs",
    'it; "kube-proxy audit" has it repaired at once.',
  ],
  flags: FLAGS,
  examples: [
    "kube-proxy diff",
    "kube-proxy diff > /dev/null || echo 'not as it should be'",
  ],
  exitCodes: ["  4  the kernel is not as the cluster says"],
  async run(args, surroundings) {
    const line = parseCommandLine(args, { command: "diff", flags: FLAGS });
    const control = surroundings.control(runDirOf(line));
    const report = await control.get<DiffReport>("/v1/diff");
    if (!report.isReady) {
      throw new Error(
        "Cannot compare: the agent has not made its first pass; " +
          '"kube-proxy status" says what it waits for',
      );
    }
    await printAnswer(report, () => view(report), {
      line,
      print: surroundings.print,
    });
    return report.changes === 0 ? EXIT.success : EXIT.different;
  },
};

function view({ lines, changes, pending, foreign }: DiffReport): string[] {
  const left = foreign.slice(0, 20).map((name) => `# left alone: ${name}`);
  const more = foreign.length - left.length;
  return [
    ...lines,
    ...left,
    ...(more > 0 ? [`# left alone: ${more} more`] : []),
    changes === 0
      ? "# nothing to do: the kernel is as the cluster says"
      : `# ${changes} ${changes === 1 ? "change" : "changes"}` +
        (pending > 0 ? `; ${pending} Services wait for their pass` : ""),
  ];
}
