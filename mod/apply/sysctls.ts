import { runBatch, runCommand } from "./run_command.ts";
import type { Argv, CommandRunner, Sysctls } from "./types.ts";

const WRITE: Argv = ["sysctl", "-p", "-"];
const NAME = /^[a-z][\w./-]*$/i;

/** Kernel settings through sysctl(8): Deno keeps /proc/sys shut. */
export function createSysctls(runner: CommandRunner): Sysctls {
  return {
    async read(names) {
      if (names.length === 0) return new Map();
      const text = await runCommand(runner, [
        "sysctl",
        "-e",
        ...names.map(safeName),
      ]);
      return parseValues(text);
    },
    async write(values) {
      if (values.size === 0) return new Map();
      const lines = [...values].map(([name, value]) =>
        `${safeName(name)} = ${safeValue(value)}`
      );
      const result = await runBatch(runner, WRITE, lines);
      // The exit code leaves out values that the kernel refused: what was not
      // echoed was not written.
      const written = parseValues(result.stdout);
      const refused = new Map<string, string>();
      for (const name of values.keys()) {
        if (!written.has(name)) refused.set(name, reason(result.stderr, name));
      }
      return refused;
    },
  };
}

function safeName(name: string): string {
  if (NAME.test(name)) return name;
  throw new TypeError(
    `Cannot name a kernel setting: ${JSON.stringify(name)} is not one`,
  );
}

function safeValue(value: string): string {
  if (/^[\w.,:/-][\w.,:/\t -]*$/.test(value)) return value;
  throw new TypeError(
    `Cannot write a kernel setting: ${JSON.stringify(value)} is not a value`,
  );
}

function parseValues(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    const at = line.indexOf(" = ");
    if (at > 0) values.set(line.slice(0, at), line.slice(at + 3));
  }
  return values;
}

function reason(stderr: string, name: string): string {
  const path = `/proc/sys/${name.replaceAll(".", "/")}:`;
  const line = stderr.split("\n").find((sentence) =>
    sentence.includes(`"${name}"`) || sentence.includes(`'${name}'`) ||
    sentence.includes(path)
  );
  return line?.replace(/^sysctl: /, "") ?? "sysctl gave no reason";
}
