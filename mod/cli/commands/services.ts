import type { ReportState, ServiceSummary } from "#observe";
import type { Command, CommandFlag } from "../command.ts";
import { parseCommandLine } from "../command_line.ts";
import { EXIT } from "../exit_code.ts";
import { OUTPUT_FLAG, printAnswer, RUN_DIR_FLAG, runDirOf } from "../output.ts";
import { choice, TEXT } from "../value_kinds.ts";
import { viewServices } from "../views/services_view.ts";

const STATES: readonly ReportState[] = [
  "served",
  "refused",
  "dropped",
  "conflict",
  "pending",
  "failing",
  "foreign",
  "rejected",
  "empty",
];

const FLAGS: readonly CommandFlag[] = [
  {
    flag: "namespace",
    short: "n",
    kind: TEXT,
    meaning: "Services of this namespace only",
  },
  {
    flag: "state",
    kind: choice(...STATES),
    meaning: "Services in this state only",
    values: STATES,
  },
  {
    flag: "match",
    kind: TEXT,
    meaning: "Services with this in name, address or port",
  },
  OUTPUT_FLAG,
  RUN_DIR_FLAG,
];

/** Shows Services in a line each. */
export const SERVICES: Command = {
  name: "services",
  summary: "what is programmed, one line for a Service",
  usage: "[flags]",
  about: [
    "Prints a line for each Service: its state and since when, addresses, ports,",
    'usable real servers ("2+1q": and one quiescent), connections now, and why it is',
    "not served. Changes nothing.",
  ],
  flags: FLAGS,
  examples: [
    "kube-proxy services",
    "kube-proxy services -n kube-system",
    "kube-proxy services --state=refused",
    "kube-proxy services --match=30080 -o yaml",
  ],
  async run(args, surroundings) {
    const line = parseCommandLine(args, { command: "services", flags: FLAGS });
    const control = surroundings.control(runDirOf(line));
    const all = await control.get<readonly ServiceSummary[]>("/v1/services");
    const services = all.filter((one) => isWanted(one, line));
    const human = (): readonly string[] =>
      viewServices(services, surroundings.nowMs());
    await printAnswer(services, human, { line, print: surroundings.print });
    return EXIT.success;
  },
};

function isWanted(
  { name, state, clusterIps, ports }: ServiceSummary,
  line: { text(flag: string): string | undefined },
): boolean {
  const [namespace, wanted, match] = ["namespace", "state", "match"]
    .map((flag) => line.text(flag));
  return (namespace === undefined || name.startsWith(`${namespace}/`)) &&
    (wanted === undefined || state === wanted) &&
    (match === undefined ||
      [name, ...clusterIps, ...ports].some((text) => text.includes(match)));
}
