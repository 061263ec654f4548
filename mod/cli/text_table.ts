/** A row of cells; those that are missing are empty. */
export type Row = readonly string[];

/** How a table looks. */
export interface TableOptions {
  /** Columns whose text ends at the right edge, by index. */
  readonly right?: readonly number[];
  /** What stands before each line. */
  readonly indent?: string;
  /** Longest line, in characters; absent: no bound. */
  readonly width?: number;
}

/** Rows as lines, columns under each other, two spaces between. */
export function formatTable(
  rows: readonly Row[],
  { right = [], indent = "", width = Infinity }: TableOptions = {},
): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  return rows.map((row) => {
    const cells = row.map((cell, column) =>
      right.includes(column)
        ? cell.padStart(widths[column] ?? 0)
        : cell.padEnd(widths[column] ?? 0)
    );
    return `${indent}${cells.join("  ")}`.trimEnd().slice(0, width);
  });
}

const UNITS: readonly (readonly [letter: string, seconds: number])[] = [
  ["d", 86_400],
  ["h", 3_600],
  ["m", 60],
  ["s", 1],
];

/** A span of time by its two largest units: "3d4h", "5m10s", "0s". */
export function formatSpan(ms: number): string {
  let seconds = Math.max(0, Math.round(ms / 1_000));
  const parts: string[] = [];
  for (const [letter, size] of UNITS) {
    const count = Math.floor(seconds / size);
    seconds -= count * size;
    if (count > 0 || parts.length > 0) parts.push(`${count}${letter}`);
    if (parts.length === 2) break;
  }
  const text = parts.filter((part) => !part.startsWith("0")).join("");
  return text === "" ? "0s" : text;
}

/** A count with a letter for thousands and more: "999", "1.2k", "30M". */
export function formatCount(count: number): string {
  let value = count;
  for (const letter of ["", "k", "M", "G", "T"]) {
    if (value < 999.5) {
      const digits = letter === "" || value >= 9.95 ? 0 : 1;
      return `${value.toFixed(digits)}${letter}`;
    }
    value /= 1_000;
  }
  return `${value.toFixed(0)}P`;
}
