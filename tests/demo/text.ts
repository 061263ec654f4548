/**
 * Times, counts and tables as text.
 *
 * @module
 */

/** Milliseconds as a person reads them: "84 ms", "1.2 s". */
export function formatMs(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** Counts by name, largest first: "db-2 12, db-3 10". */
export function formatCounts(counts: Readonly<Record<string, number>>): string {
  const rows = Object.entries(counts).filter(([, count]) => count > 0);
  if (rows.length === 0) return "none";
  return rows
    .sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1))
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
}

/** How often each name occurs. */
export function countNames(
  names: Iterable<string>,
): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** The sum of all counts. */
export function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Rows as columns of equal width, two spaces apart, no blanks at the end. */
export function formatTable(
  rows: readonly (readonly string[])[],
): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  return rows.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd()
  );
}
