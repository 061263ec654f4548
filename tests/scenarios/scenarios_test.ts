/**
 * Plays every scenario of this folder, once with tools that work and once with
 * tools of which one call in ten fails: what is expected is the same.
 * `UPDATE_SCENARIOS=1 deno test -A tests/scenarios` writes what was seen in
 * place of what was expected, to be read before it is committed.
 *
 * @module
 */
import { COMMANDS } from "./commands.ts";
import { Scene } from "./scene.ts";
import { parseScenario, withBlocks } from "./script.ts";

const FOLDER = new URL("./", import.meta.url);
/** Seeds of the runs with faults. */
const SEEDS = [1, 2, 3];
const hasPermission =
  (await Deno.permissions.query({ name: "env", variable: "UPDATE_SCENARIOS" }))
    .state === "granted";
const isUpdate = hasPermission && Deno.env.get("UPDATE_SCENARIOS") === "1";

interface Played {
  readonly failures: readonly string[];
  readonly blocks: ReadonlyMap<number, readonly string[]>;
}

async function play(text: string, seed?: number): Promise<Played> {
  const scene = new Scene(seed);
  const failures: string[] = [];
  const blocks = new Map<number, readonly string[]>();
  await scene.boot();
  for (const command of parseScenario(text)) {
    const run = COMMANDS[command.words[0] ?? ""];
    if (run === undefined) {
      throw new Error(
        `Cannot do "${command.words[0]}" of line ${command.line}`,
      );
    }
    await run({
      scene,
      command,
      expect(lines) {
        const seen = [...lines].sort(inOrder);
        const wanted = [...command.block].sort(inOrder);
        blocks.set(command.line, seen);
        if (seen.join("\n") === wanted.join("\n")) return;
        failures.push(
          `line ${command.line}: ${command.words.join(" ")}\n` +
            difference(wanted, seen),
        );
      },
    });
  }
  await scene.node.stop();
  return { failures, blocks };
}

/** A virtual server before its real servers. */
function inOrder(a: string, b: string): number {
  const keyOf = (line: string): string =>
    line.replace(/^-A (\S+ \S+).*/, "$1 0").replace(/^-a (\S+ \S+)/, "$1 1");
  return keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0;
}

function difference(
  wanted: readonly string[],
  seen: readonly string[],
): string {
  return [
    ...wanted.filter((line) => !seen.includes(line)).map((line) => `- ${line}`),
    ...seen.filter((line) => !wanted.includes(line)).map((line) => `+ ${line}`),
  ].join("\n");
}

const names: string[] = [];
for await (const { name } of Deno.readDir(FOLDER)) {
  if (name.endsWith(".scenario")) names.push(name);
}

for (const name of names.sort()) {
  const url = new URL(name, FOLDER);
  const text = await Deno.readTextFile(url);
  Deno.test(`scenario ${name}`, async () => {
    const { failures, blocks } = await play(text);
    if (isUpdate) await Deno.writeTextFile(url, withBlocks(text, blocks));
    else if (failures.length > 0) throw new Error(failures.join("\n"));
  });
  for (const seed of SEEDS) {
    Deno.test(`scenario ${name}, tools fail by seed ${seed}`, async () => {
      const { failures } = await play(text, seed);
      if (failures.length > 0 && !isUpdate) {
        throw new Error(failures.join("\n"));
      }
    });
  }
}

Deno.test("there are at least sixty scenarios", () => {
  if (names.length < 60) throw new Error(`There are ${names.length}`);
});
