/**
 * The demo's entry: boots the lab with the story inside and prints what it
 * tells as it happens.
 *
 * @module
 */

import { bootLab, type Lab, type LabOptions } from "../lab/mod.ts";
import { type DemoArguments, parseArguments, USAGE } from "./arguments.ts";
import { narrationOf } from "./narration.ts";
import { choosePalette } from "./palette.ts";
import { Screen } from "./screen.ts";
import { restoreTerminal, terminalState } from "./terminal.ts";

const STORY_LIMIT_MS = 240_000;
const SHELL_LIMIT_MS = 24 * 3_600_000;
const CONSOLE_SHOWN = 40;
const EXIT = { proven: 0, failed: 1, usage: 2, interrupted: 130 } as const;

function print(...lines: readonly string[]): void {
  // deno-lint-ignore no-console -- the demo's output
  for (const line of lines) console.log(line);
}

function complain(text: string): void {
  // deno-lint-ignore no-console -- standard error is for complaints
  console.error(text);
}

function labOptions(
  { shell }: DemoArguments,
  onProgress: (line: string) => void,
): LabOptions {
  const program = (path: string) => new URL(path, import.meta.url);
  return {
    driver: program("./guest/driver.ts"),
    programs: {
      "kube-proxy": program("../../main.ts"),
      "apiserver": program("../apiserver/serve.ts"),
      ...(shell ? { kubectl: program("./guest/kubectl.ts") } : {}),
    },
    packages: [{ name: "dnsmasq-base", files: ["/usr/sbin/dnsmasq"] }],
    ...(shell ? { interactive: true, parameters: shellParameters() } : {}),
    timeLimitMs: shell ? SHELL_LIMIT_MS : STORY_LIMIT_MS,
    onProgress,
  };
}

function shellParameters(): Readonly<Record<string, string>> {
  return { shell: "yes", TERM: Deno.env.get("TERM") ?? "linux" };
}

function makeScreen(): Screen {
  const isTerminal = Deno.stdout.isTerminal();
  const noColor = Deno.env.get("NO_COLOR") ?? "";
  return new Screen(choosePalette({ isTerminal, noColor }));
}

/** Ends the guest before ourselves, so that nothing of it stays. */
function endOnSignals(lab: Lab): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, async () => {
      await lab.end();
      Deno.exit(EXIT.interrupted);
    });
  }
}

/** Tells the story to its end; gives the exit code. */
async function tell(options: DemoArguments): Promise<number> {
  const screen = makeScreen();
  const startMs = performance.now();
  const elapsedMs = () => performance.now() - startMs;
  const onProgress = (line: string) =>
    print(screen.progress(line, elapsedMs()));
  const terminal = options.shell ? await terminalState() : undefined;
  await using lab = await bootLab(labOptions(options, onProgress));
  endOnSignals(lab);
  let isSummed = false;
  for await (const event of lab.events) {
    const narration = narrationOf(event);
    if (narration?.kind === "shell" && narration.state === "begins") {
      isSummed = true;
      print(...screen.summary(elapsedMs()), "");
    } else if (narration?.kind === "shell" && terminal !== undefined) {
      await restoreTerminal(terminal);
    }
    print(...screen.show(event, elapsedMs()));
  }
  if (terminal !== undefined) await restoreTerminal(terminal);
  if (!isSummed) print(...screen.summary(elapsedMs()));
  if (screen.ending.failure === undefined) return EXIT.proven;
  if (screen.ending.failedStep === undefined) {
    print("", "The guest's console:", ...lab.console.slice(-CONSOLE_SHOWN));
  }
  return EXIT.failed;
}

/** Runs the demo; gives its exit code. */
async function main(args: readonly string[]): Promise<number> {
  const options = parseArguments(args);
  if (typeof options === "string") {
    complain(`${options}\n\n${USAGE}`);
    return EXIT.usage;
  }
  if (options.help) {
    print(USAGE);
    return EXIT.proven;
  }
  const isTerminal = Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
  if (options.shell && !isTerminal) {
    complain("Cannot open a shell: this is no terminal");
    return EXIT.usage;
  }
  return await tell(options);
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
    Deno.exit(EXIT.failed);
  }
}
