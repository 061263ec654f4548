/**
 * The demo's entry: boots the lab with the story inside and prints what it
 * tells as it happens.
 *
 * @module
 */

import { bootLab, type LabOptions } from "../lab/mod.ts";
import { type DemoArguments, parseArguments, USAGE } from "./arguments.ts";
import { choosePalette } from "./palette.ts";
import { Screen } from "./screen.ts";

const STORY_LIMIT_MS = 240_000;
const SHELL_LIMIT_MS = 24 * 3_600_000;
const CONSOLE_SHOWN = 40;

function print(...lines: readonly string[]): void {
  // deno-lint-ignore no-console -- the demo's output
  for (const line of lines) console.log(line);
}

function labOptions(
  { shell }: DemoArguments,
  onProgress: (line: string) => void,
): LabOptions {
  return {
    driver: new URL("./guest/driver.ts", import.meta.url),
    programs: {
      "kube-proxy": new URL("../../main.ts", import.meta.url),
      "apiserver": new URL("../apiserver/serve.ts", import.meta.url),
    },
    packages: [{ name: "dnsmasq-base", files: ["/usr/sbin/dnsmasq"] }],
    timeLimitMs: shell ? SHELL_LIMIT_MS : STORY_LIMIT_MS,
    onProgress,
  };
}

/** Runs the demo; gives its exit code. */
async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args);
  if (typeof parsed === "string") {
    // deno-lint-ignore no-console -- a complaint about the arguments
    console.error(`${parsed}\n\n${USAGE}`);
    return 2;
  }
  if (parsed.help) {
    print(USAGE);
    return 0;
  }
  const noColor = Deno.env.get("NO_COLOR");
  const isTerminal = Deno.stdout.isTerminal();
  const screen = new Screen(
    choosePalette(
      noColor === undefined ? { isTerminal } : {
        isTerminal,
        noColor,
      },
    ),
  );
  const startMs = performance.now();
  const elapsedMs = () => performance.now() - startMs;
  await using lab = await bootLab(
    labOptions(parsed, (line) => print(screen.progress(line, elapsedMs()))),
  );
  for await (const event of lab.events) {
    print(...screen.show(event, elapsedMs()));
  }
  print(...screen.summary(elapsedMs()));
  if (screen.ending.failure === undefined) return 0;
  if (screen.ending.failedStep === undefined) {
    print("", "The guest's console:", ...lab.console.slice(-CONSOLE_SHOWN));
  }
  return 1;
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    // deno-lint-ignore no-console -- why the demo cannot run here
    console.error(error instanceof Error ? error.message : String(error));
    Deno.exit(1);
  }
}
