/**
 * Runs the demo in a terminal of its own and draws what it showed:
 *
 *     deno task demo:picture [--lines=FIRST-LAST] [FILE]
 *
 * @module
 */
import { drawTerminal, shownLines } from "./terminal_picture.ts";

const USAGE = "Usage: record.ts [--lines=FIRST-LAST] [FILE]";

async function showInTerminal(argv: readonly string[]): Promise<string> {
  const line = argv.map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  const { code, stdout } = await new Deno.Command("script", {
    args: ["--quiet", "--return", "--command", line.join(" "), "/dev/null"],
    env: { TERM: "xterm-256color", NO_COLOR: "", COLUMNS: "100" },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).output();
  const text = new TextDecoder().decode(stdout);
  if (code !== 0) {
    throw new Error(`Cannot record: it ended with ${code}:\n${text}`);
  }
  return text;
}

if (import.meta.main) {
  const ranges = Deno.args.filter((one) => one.startsWith("--"));
  const [file = "docs/demo.svg", ...rest] = Deno.args
    .filter((one) => !one.startsWith("--"));
  const range = /^--lines=(\d+)-(\d+)$/.exec(ranges[0] ?? "--lines=1-99999");
  if (range === null || ranges.length > 1 || rest.length > 0) {
    throw new Error(USAGE);
  }
  const demo = new URL("./demo.ts", import.meta.url).pathname;
  const stream = await showInTerminal([Deno.execPath(), "run", "-A", demo]);
  const lines = shownLines(stream).slice(
    Number(range[1]) - 1,
    Number(range[2]),
  );
  await Deno.writeTextFile(file, drawTerminal("deno task demo", lines));
}
