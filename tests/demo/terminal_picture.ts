/**
 * A terminal's output as a picture (SVG): text as it stood there, in its
 * colours, on a dark ground that looks right on light and dark pages.
 *
 * @module
 */

/** A piece of a line in one style. */
export interface Piece {
  /** Its text. */
  readonly text: string;
  /** Its colour. */
  readonly fill: string;
  /** Whether it is bold. */
  readonly bold: boolean;
}

const GROUND = "#0d1117";
const FAINT = "#8b949e";
const PLAIN = "#e6edf3";
/** SGR 30 to 37. */
const COLOURS: readonly string[] = [
  ...["#484f58", "#ff7b72", "#3fb950", "#d29922"],
  ...["#58a6ff", "#bc8cff", "#39c5cf", "#b1bac4"],
];
const CELL = { width: 8.4, height: 19 };
const MARGIN = { left: 18, top: 52, bottom: 16 };

/** Splits a line with escape sequences into pieces of one style each. */
export function parseLine(line: string): Piece[] {
  const pieces: Piece[] = [];
  let fill = PLAIN;
  let bold = false;
  // deno-lint-ignore no-control-regex -- escape sequences begin with one
  for (const [, codes, text] of line.matchAll(/\x1b\[([\d;]*)m|([^\x1b]+)/g)) {
    if (text !== undefined) pieces.push({ text, fill, bold });
    if (codes === undefined) continue;
    for (const code of codes.split(";").map(Number)) {
      if (code === 0) [fill, bold] = [PLAIN, false];
      else if (code === 1) bold = true;
      else if (code === 2) fill = FAINT;
      else fill = COLOURS[code - 30] ?? COLOURS[code - 90] ?? fill;
    }
  }
  return pieces;
}

/** What a terminal shows of a stream: without what it has overwritten. */
export function shownLines(stream: string): string[] {
  const lines = stream.replaceAll("\r\n", "\n").split("\n").map((line) =>
    // deno-lint-ignore no-control-regex -- what is not about colours goes
    line.replace(/^[^]*\r/, "").replace(/\x1b\[[\d;?]*[A-Za-ln-z]/g, "")
  );
  while (lines.at(-1)?.trim() === "") lines.pop();
  return lines;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function drawLine(line: string, index: number): string {
  const y = MARGIN.top + CELL.height * index;
  let column = 0;
  const spans = parseLine(line).map(({ text, fill, bold }) => {
    const x = (MARGIN.left + CELL.width * column).toFixed(1);
    column += [...text].length;
    const weight = bold ? ' font-weight="600"' : "";
    return `<tspan x="${x}" fill="${fill}"${weight}>${escape(text)}</tspan>`;
  });
  return spans.length === 0
    ? ""
    : `<text y="${y}" xml:space="preserve">${spans.join("")}</text>\n`;
}

/** Draws lines under a title. */
export function drawTerminal(title: string, lines: readonly string[]): string {
  const columns = Math.max(
    60,
    ...lines.map((line) =>
      parseLine(line).reduce((sum, { text }) => sum + [...text].length, 0)
    ),
  );
  const width = Math.ceil(2 * MARGIN.left + CELL.width * columns);
  const height = MARGIN.top + CELL.height * lines.length + MARGIN.bottom;
  const dots = ["#ff5f57", "#febc2e", "#28c840"].map((fill, index) =>
    `<circle cx="${20 + 20 * index}" cy="18" r="6" fill="${fill}"/>`
  ).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ` +
    `${height}" width="${width}" role="img" aria-label="${escape(title)}">
<rect width="${width}" height="${height}" rx="10" fill="${GROUND}"/>
${dots}
<text x="${width / 2}" y="22" text-anchor="middle" fill="${FAINT}" ` +
    `font-family="system-ui, sans-serif" font-size="13">${escape(title)}</text>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" ` +
    `font-size="14">
${lines.map(drawLine).join("")}</g>
</svg>
`;
}
