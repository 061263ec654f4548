import { setUpLogs } from "#observe";
import type { Command } from "../command.ts";
import { readSettings } from "../read_settings.ts";
import { RUN } from "./run.ts";

/** Looks whether this node has what the agent needs. */
export const CHECK: Command = {
  name: "check",
  summary: "look whether this node has what run needs",
  usage: "[flags]",
  about: [
    'Looks for the tools, kernel modules and settings that "run" needs and prints a',
    "line for each: ok, warn or fail, with the remedy. It changes nothing. Flags are",
    'those of "run"; the scheduler, for instance, decides which module is needed.',
  ],
  flags: RUN.flags,
  hidesFlags: true,
  examples: [
    "kube-proxy check",
    "kube-proxy check --ipvs-scheduler=mh",
  ],
  async run(args, surroundings) {
    const settings = await readSettings(args, surroundings);
    setUpLogs({ format: settings.logFormat, verbosity: settings.verbosity });
    return await surroundings.check(settings);
  },
};
