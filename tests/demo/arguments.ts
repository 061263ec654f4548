/**
 * What the demo is asked for on its command line.
 *
 * @module
 */

import { parseArgs } from "@std/cli";

/** How the demo is run. */
export interface DemoArguments {
  /** Whether it leaves the user inside the cluster when the story is over. */
  readonly shell: boolean;
  /** Whether only the help is wanted. */
  readonly help: boolean;
}

/** The help. */
export const USAGE = `Usage: deno task demo [--shell]

Shows a Service answering on a real IPVS kernel: boots a small virtual machine
(User Mode Linux) with a cluster of two nodes, an API server, pods and DNS, and
this project's agent on each node, then creates, scales, breaks and deletes.

  --shell   stay inside when the story is over, with a shell and the tools
  --help    this text

Root on Debian installs what is missing; elsewhere it says what to install.
NO_COLOR=1 turns colours off.

Exit codes: 0 all was shown, 1 a step failed, 2 wrong argument.`;

/** Reads the command line; a text says what is wrong with it. */
export function parseArguments(
  args: readonly string[],
): DemoArguments | string {
  const unknown: string[] = [];
  const flags = parseArgs([...args], {
    boolean: ["shell", "help"],
    alias: { h: "help" },
    unknown: (argument: string) => {
      unknown.push(argument);
      return false;
    },
  });
  if (unknown.length > 0) {
    return `Cannot use ${unknown.join(" ")}: allowed are --shell and --help`;
  }
  return { shell: flags.shell, help: flags.help };
}
