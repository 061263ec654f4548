import { parseDrainTarget } from "#plan";
import type { HandDrain } from "#agent";
import type { Command, CommandFlag } from "../command.ts";
import { parseCommandLine } from "../command_line.ts";
import { parseDuration } from "../duration.ts";
import { EXIT, UsageError } from "../exit_code.ts";
import {
  OUTPUT_FLAG,
  plain,
  printAnswer,
  RUN_DIR_FLAG,
  runDirOf,
} from "../output.ts";
import { formatSpan } from "../text_table.ts";
import { DURATION } from "../value_kinds.ts";

const DAY_MS = 86_400_000;
const DEFAULT_LIMIT = "15m";

const FLAGS: readonly CommandFlag[] = [
  {
    flag: "limit",
    kind: DURATION,
    meaning:
      `it ends by itself after so long, 1s to 24h (default ${DEFAULT_LIMIT})`,
  },
  OUTPUT_FLAG,
  RUN_DIR_FLAG,
];
const UNDRAIN_FLAGS = [OUTPUT_FLAG, RUN_DIR_FLAG] as const;

function targetOf(text: string): string {
  const target = parseDrainTarget(text);
  if (target !== undefined) return target;
  throw new UsageError([
    `Cannot drain "${plain(text)}": write an address ("10.244.1.7"), an ` +
    'address with a port ("10.244.1.7:80", "[fd00::7]:80"), or "node/NAME"',
  ]);
}

function limitOf(text: string): number {
  const limitMs = parseDuration(text) ?? 0;
  if (limitMs >= 1_000 && limitMs <= DAY_MS) return limitMs;
  throw new UsageError([
    `Cannot use flag --limit="${plain(text)}": allowed is 1s to 24h`,
  ]);
}

/** Takes new connections from an endpoint or a node, for a time. */
export const DRAIN: Command = {
  name: "drain",
  summary: "no new connections to an endpoint or a node, for a time",
  usage: "TARGET [--limit 15m]",
  about: [
    "Gives weight 0 on this node to the real servers of a target: an address, an",
    "address with a port, or all endpoints of a node. Connections that exist go on.",
    "A real server that is the only usable one of a Service keeps its weight: the",
    "drain refuses nobody. It ends by itself at its limit, or by undrain, and",
    "survives a restart of the agent. Draining again sets a new limit.",
    "Other nodes have agents of their own: drain there too.",
  ],
  flags: FLAGS,
  examples: [
    "kube-proxy drain 10.244.1.7",
    "kube-proxy drain 10.244.1.7:8443 --limit=5m",
    "kube-proxy drain node/worker-3 --limit=2h",
  ],
  async run(args, surroundings) {
    const line = parseCommandLine(args, {
      command: "drain",
      flags: FLAGS,
      arguments: ["TARGET"],
    });
    const target = targetOf(line.arguments[0] ?? "");
    const limitMs = limitOf(line.text("limit") ?? DEFAULT_LIMIT);
    const control = surroundings.control(runDirOf(line));
    const drain = await control.post<HandDrain>("/v1/drain", {
      target,
      limitMs,
    });
    const human = (): readonly string[] => [
      `drains ${target} for ${
        formatSpan(limitMs)
      }; "kube-proxy status" shows ` +
      `it, "kube-proxy undrain ${target}" ends it`,
    ];
    await printAnswer(drain, human, { line, print: surroundings.print });
    return EXIT.success;
  },
};

/** Ends a drain before its limit. */
export const UNDRAIN: Command = {
  name: "undrain",
  summary: "end a drain by hand before its limit",
  usage: "TARGET",
  about: [
    "Gives their weights back to the real servers of a target that was drained by",
    'hand. Write the target as "kube-proxy status" shows it.',
  ],
  flags: UNDRAIN_FLAGS,
  examples: [
    "kube-proxy undrain 10.244.1.7",
    "kube-proxy undrain node/worker-3",
  ],
  async run(args, surroundings) {
    const line = parseCommandLine(args, {
      command: "undrain",
      flags: UNDRAIN_FLAGS,
      arguments: ["TARGET"],
    });
    const target = targetOf(line.arguments[0] ?? "");
    const control = surroundings.control(runDirOf(line));
    const { ended } = await control.post<{ ended: boolean }>("/v1/undrain", {
      target,
    });
    if (!ended) {
      surroundings.complain(
        `Cannot undrain ${target}: it is not drained; "kube-proxy status" ` +
          "shows what is",
      );
      return EXIT.failure;
    }
    const human = (): readonly string[] => [
      `${target} takes new connections again`,
    ];
    const { print } = surroundings;
    await printAnswer({ target, ended }, human, { line, print });
    return EXIT.success;
  },
};
