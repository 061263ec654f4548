/**
 * A scenario as text: comments, commands, and indented blocks that belong to
 * the command above them.
 *
 * @module
 */

/** One command of a scenario. */
export interface Command {
  /** Number of its line, from 1. */
  readonly line: number;
  /** Its words. */
  readonly words: readonly string[];
  /** Lines of its block, without the indentation. */
  readonly block: readonly string[];
}

const INDENT = "  ";

/**
 * Reads a scenario.
 *
 * @throws {Error} when it says nothing of why it is there, or a block has no
 * command
 */
export function parseScenario(text: string): Command[] {
  if (!text.startsWith("# ")) {
    throw new Error("Cannot read a scenario that does not begin with why");
  }
  const commands: { line: number; words: string[]; block: string[] }[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.startsWith(INDENT)) {
      const last = commands.at(-1);
      if (last === undefined) {
        throw new Error(`Cannot read line ${index + 1}: a block of nothing`);
      }
      last.block.push(line.slice(INDENT.length));
      continue;
    }
    const words = line.replace(/(^|\s)#.*$/, "").split(/\s+/)
      .filter((word) => word !== "");
    if (words.length > 0) commands.push({ line: index + 1, words, block: [] });
  }
  return commands;
}

/** The text with other blocks for some commands, by their line. */
export function withBlocks(
  text: string,
  blocks: ReadonlyMap<number, readonly string[]>,
): string {
  const lines = text.split("\n");
  const result: string[] = [];
  for (let index = 0; index < lines.length; index++) {
    result.push(lines[index] ?? "");
    const block = blocks.get(index + 1);
    if (block === undefined) continue;
    while (lines[index + 1]?.startsWith(INDENT)) index++;
    result.push(...block.map((line) => INDENT + line));
  }
  return result.join("\n");
}
