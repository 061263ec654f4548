/**
 * Surroundings of commands in memory.
 *
 * @module
 */
import type { Surroundings } from "../../mod/cli/command.ts";
import { runCommand } from "../../mod/cli/commands.ts";
import {
  AgentAbsentError,
  type ControlClient,
} from "../../mod/cli/control/client.ts";
import type { Terminal } from "../../mod/cli/terminal.ts";
import { ScriptedRunner } from "../apply/support.ts";

const ABSENT: ControlClient = {
  get: () => Promise.reject(new AgentAbsentError("Cannot ask the agent: none")),
  post: () =>
    Promise.reject(new AgentAbsentError("Cannot ask the agent: none")),
};

/** A terminal that draws nothing and has no keys. */
export const NO_SCREEN: Terminal = {
  isScreen: false,
  size: () => ({ columns: 80, rows: 24 }),
  write: () => {},
  async *keys() {},
};

/** A machine on which nothing runs and nothing is there. */
export const NOWHERE: Omit<Surroundings, "print" | "complain"> = {
  readFile: (path) => Promise.reject(new Error(`${path} is not there`)),
  writeFile: () => Promise.reject(new Error("Cannot write")),
  writePrivately: () => Promise.reject(new Error("Cannot write")),
  control: () => ABSENT,
  runner: new ScriptedRunner(),
  nowMs: () => 0,
  sleep: () => Promise.resolve(),
  signal: new AbortController().signal,
  terminal: NO_SCREEN,
  run: () => Promise.resolve(0),
  check: () => Promise.resolve(0),
};

/** What a command came to. */
export interface Outcome {
  readonly code: number;
  readonly out: readonly string[];
  readonly err: readonly string[];
}

/** Runs a command line. */
export async function call(
  args: readonly string[],
  changes: Partial<Surroundings> = {},
): Promise<Outcome> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCommand(args, {
    ...NOWHERE,
    print: (line) => out.push(line),
    complain: (line) => err.push(line),
    ...changes,
  });
  return { code, out, err };
}
