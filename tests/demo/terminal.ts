/**
 * The caller's terminal, which the shell in the guest uses as its own.
 *
 * @module
 */

/** The terminal's settings, in the form that `stty` takes back. */
export async function terminalState(): Promise<string> {
  return (await stty("-g")).trim();
}

/** Puts the terminal's settings back: the guest leaves it raw. */
export async function restoreTerminal(state: string): Promise<void> {
  await stty(state);
}

async function stty(argument: string): Promise<string> {
  const { stdout } = await new Deno.Command("stty", {
    args: [argument],
    stdin: "inherit",
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout);
}
