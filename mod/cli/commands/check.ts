import { setUpLogs } from "#observe";
import type { Command } from "../command.ts";
import { type CommandLine, parseCommandLine } from "../command_line.ts";
import { OUTPUT_FLAG } from "../output.ts";
import { readSettings } from "../read_settings.ts";
import { RUN } from "./run.ts";

/** The output flag, and what is left for the flags of `run`. */
function splitArguments(
  args: readonly string[],
): { readonly line: CommandLine; readonly rest: readonly string[] } {
  const own: string[] = [];
  const rest: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (!/^(?:-o|--output)(?:=|$)/.test(arg)) rest.push(arg);
    else if (arg.includes("=")) own.push(arg);
    else own.push(...args.slice(at, ++at + 1));
  }
  const flags = [OUTPUT_FLAG];
  return { line: parseCommandLine(own, { command: "check", flags }), rest };
}

/** Looks whether this node has what the agent needs. */
export const CHECK: Command = {
  name: "check",
  summary: "look whether this node has what run needs",
  usage: "[flags]",
  about: [
    'Looks for the tools, kernel modules and settings that "run" needs and prints a',
    "line for each: ok, warn or fail, with the remedy. It changes nothing. Flags are",
    'those of "run"; the scheduler, for instance, decides which module is needed.',
    "Beside these, -o (--output) says how the answer looks: table, json or yaml.",
  ],
  flags: [...RUN.flags, OUTPUT_FLAG],
  hidesFlags: true,
  examples: [
    "kube-proxy check",
    "kube-proxy check --ipvs-scheduler=mh",
    "kube-proxy check -o json --kubeconfig=/etc/kubernetes/kube-proxy.conf",
  ],
  async run(args, surroundings) {
    const { line, rest } = splitArguments(args);
    const settings = await readSettings(rest, surroundings);
    setUpLogs({ format: settings.logFormat, verbosity: settings.verbosity });
    return await surroundings.check(settings, line);
  },
};
