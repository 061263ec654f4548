import { runCommand } from "./run_command.ts";
import { safeWord } from "./safe_text.ts";
import type { CommandRunner, Modules } from "./types.ts";

/** Kernel modules through modprobe(8) and lsmod(8). */
export function createModules(runner: CommandRunner): Modules {
  return {
    async load(names) {
      if (names.length === 0) return new Map();
      const result = await runner.run([
        "modprobe",
        "-a",
        ...names.map((name) => safeWord("a module", name)),
      ]);
      if (result.code === 0) return new Map();
      // A container may lack /lib/modules while the host has loaded them.
      const loaded = await loadedModules(runner);
      const failed = new Map<string, string>();
      for (const name of names) {
        const said = sentence(result.stderr, name);
        if (said === undefined || loaded.has(name.replaceAll("-", "_"))) {
          continue;
        }
        failed.set(name, said);
      }
      return failed;
    },
  };
}

async function loadedModules(runner: CommandRunner): Promise<Set<string>> {
  const text = await runCommand(runner, ["lsmod"]);
  return new Set(text.split("\n").slice(1).map((line) => line.split(" ")[0]!));
}

function sentence(stderr: string, name: string): string | undefined {
  const lines = stderr.split("\n");
  const line = lines.find((text) =>
    text.includes(`Module ${name} `) || text.includes(`'${name}'`)
  );
  return line?.replace(/^modprobe: (?:[A-Z]+: )?/, "");
}
