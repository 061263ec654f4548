/**
 * Colours for a terminal, nothing for anything else.
 *
 * @module
 */

/** What a piece of text is. */
export type Role = "heading" | "command" | "output" | "good" | "bad" | "faint";

/** Marks a piece of text as what it is. */
export type Palette = (role: Role, text: string) => string;

const CODES: Readonly<Record<Role, string>> = {
  heading: "1;36",
  command: "33",
  output: "2",
  good: "1;32",
  bad: "1;31",
  faint: "2",
};

/** Escape sequences of ANSI terminals. */
export function colours(role: Role, text: string): string {
  return text === "" ? "" : `\x1b[${CODES[role]}m${text}\x1b[0m`;
}

/** Text as it is. */
export function plain(_role: Role, text: string): string {
  return text;
}

/** What fits where the text goes: NO_COLOR with any value asks for plain. */
export function choosePalette(
  options: { readonly isTerminal: boolean; readonly noColor?: string },
): Palette {
  const wantsPlain = options.noColor !== undefined && options.noColor !== "";
  return options.isTerminal && !wantsPlain ? colours : plain;
}
