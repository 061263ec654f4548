import type { Command, CommandFlag, Surroundings } from "../command.ts";
import { type CommandLine, parseCommandLine } from "../command_line.ts";
import type { ControlClient } from "../control/client.ts";
import type { TrafficReport } from "../control/types.ts";
import { parseDuration } from "../duration.ts";
import { EXIT, type ExitCode, UsageError } from "../exit_code.ts";
import {
  OUTPUT_FLAG,
  plain,
  printAnswer,
  RUN_DIR_FLAG,
  runDirOf,
} from "../output.ts";
import { isEndKey } from "../terminal.ts";
import { BOOLEAN, choice, DURATION, TEXT } from "../value_kinds.ts";
import { SORTS, type TopSort, viewTop } from "../views/top_view.ts";

const FLAGS: readonly CommandFlag[] = [
  {
    flag: "once",
    kind: BOOLEAN,
    meaning: "print one listing and end",
  },
  {
    flag: "interval",
    kind: DURATION,
    meaning: "between listings, 1s to 1m (default 2s)",
  },
  {
    flag: "sort",
    kind: choice(...SORTS),
    meaning: "what goes first (default connections)",
    values: SORTS,
  },
  {
    flag: "namespace",
    short: "n",
    kind: TEXT,
    meaning: "Services of this namespace only",
  },
  OUTPUT_FLAG,
  RUN_DIR_FLAG,
];

const ALTERNATE_SCREEN = "\u001b[?1049h\u001b[?25l";
const OLD_SCREEN = "\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const REST_OF_LINE = "\u001b[K";
const REST_OF_SCREEN = "\u001b[J";

/** Shows live connections and rates. */
export const TOP: Command = {
  name: "top",
  summary: "live connections and rates of Services",
  usage: "[flags]",
  about: [
    "Shows connections and rates of each Service, listed afresh from the kernel every",
    "two seconds, busiest first, until q or Ctrl-C. Without a screen (a pipe, a dumb",
    "terminal) listings are printed one after the other. Changes nothing.",
  ],
  flags: FLAGS,
  examples: [
    "kube-proxy top",
    "kube-proxy top --once --sort=bytes",
    "kube-proxy top --once -o json",
  ],
  async run(args, surroundings) {
    const line = parseCommandLine(args, { command: "top", flags: FLAGS });
    const intervalMs = intervalOf(line.text("interval") ?? "2s");
    const control = surroundings.control(runDirOf(line));
    const isText = (line.text("output") ?? "table") === "table";
    if (line.isOn("once") || !isText) {
      const report = await listTraffic(control, line);
      const human = (): readonly string[] => viewTop(report, optionsOf(line));
      await printAnswer(report, human, { line, print: surroundings.print });
      return EXIT.success;
    }
    return surroundings.terminal.isScreen
      ? await showScreen(control, { line, intervalMs, surroundings })
      : await printFrames(control, { line, intervalMs, surroundings });
  },
};

interface LiveOptions {
  readonly line: CommandLine;
  readonly intervalMs: number;
  readonly surroundings: Surroundings;
}

function intervalOf(text: string): number {
  const ms = parseDuration(text) ?? 0;
  if (ms >= 1_000 && ms <= 60_000) return ms;
  throw new UsageError([
    `Cannot use flag --interval="${text}": allowed is 1s to 1m`,
  ]);
}

function optionsOf(line: CommandLine): { readonly sort: TopSort } {
  return { sort: (line.text("sort") ?? "connections") as TopSort };
}

async function listTraffic(
  control: ControlClient,
  line: CommandLine,
): Promise<TrafficReport> {
  const report = await control.get<TrafficReport>("/v1/traffic");
  const namespace = line.text("namespace");
  if (namespace === undefined) return report;
  const services = report.services.filter(({ service }) =>
    service.startsWith(`${namespace}/`)
  );
  return { ...report, services };
}

/** Frame after frame, until the reader goes away or the agent ends. */
async function printFrames(
  control: ControlClient,
  { line, intervalMs, surroundings }: LiveOptions,
): Promise<ExitCode> {
  const { signal } = surroundings;
  while (!signal.aborted) {
    const report = await listTraffic(control, line);
    for (const text of viewTop(report, optionsOf(line))) {
      surroundings.print(plain(text));
    }
    surroundings.print("");
    await surroundings.sleep(intervalMs, signal).catch(() => {});
  }
  return EXIT.success;
}

/** Redraws one screen; whatever ends it, the terminal is as before. */
async function showScreen(
  control: ControlClient,
  { line, intervalMs, surroundings }: LiveOptions,
): Promise<ExitCode> {
  const { terminal, signal: ended } = surroundings;
  const stop = new AbortController();
  const end = (): void => stop.abort();
  ended.addEventListener("abort", end);
  if (ended.aborted) end();
  const watched = watchKeys(surroundings, stop);
  terminal.write(ALTERNATE_SCREEN);
  try {
    while (!stop.signal.aborted) {
      const report = await listTraffic(control, line);
      if (stop.signal.aborted) break;
      terminal.write(frameOf(report, line, terminal.size()));
      await surroundings.sleep(intervalMs, stop.signal).catch(() => {});
    }
  } finally {
    end();
    ended.removeEventListener("abort", end);
    await watched;
    terminal.write(OLD_SCREEN);
  }
  return EXIT.success;
}

async function watchKeys(
  { terminal }: Surroundings,
  stop: AbortController,
): Promise<void> {
  for await (const key of terminal.keys(stop.signal)) {
    if (isEndKey(key)) break;
  }
  stop.abort();
}

function frameOf(
  report: TrafficReport,
  line: CommandLine,
  { columns, rows }: { readonly columns: number; readonly rows: number },
): string {
  const view = viewTop(report, { ...optionsOf(line), columns, rows: rows - 1 });
  const lines = view.map((text) => plain(text) + REST_OF_LINE);
  return HOME + lines.join("\r\n") + REST_OF_SCREEN;
}
