/**
 * Lines that the kernel refuses for reasons of its own, each tool going wrong
 * in its own way: ipvsadm goes on with the next line and has the exit code of
 * the last; ipset stops there; iptables-restore leaves that table as it was,
 * with earlier ones committed and later ones not tried; a forced `ip -batch`
 * goes on.
 *
 * @module
 */
import type { FakeCall } from "./faults.ts";
import type { Answer } from "./misuse.ts";

/** Runs a call of which some lines are refused. */
export function refuseLines(
  call: FakeCall,
  isRefused: (line: string) => boolean,
  emulate: (stdin: string) => Answer,
): Answer {
  const lines = call.stdin.split("\n").filter((line) => line !== "");
  const at = lines.findIndex(isRefused);
  if (at < 0) return emulate(call.stdin);
  const [program] = call.argv;
  if (program === "ipvsadm") return refuseIpvsadm(lines, isRefused, emulate);
  if (program === "ip") return refuseIp(lines, isRefused, emulate);
  if (program.endsWith("-restore")) {
    const table = lines.slice(0, at).findLastIndex((line) =>
      line.startsWith("*")
    );
    emulate(text(lines.slice(0, Math.max(0, table))));
    return {
      code: 1,
      stdout: "",
      stderr: `${program}: line ${at + 1} failed\n`,
    };
  }
  const before = emulate(text(lines.slice(0, at)));
  return {
    code: 1,
    stdout: before.stdout,
    stderr: `${program} v7.17: Error in line ${at + 1}: ` +
      "Kernel error received: Cannot allocate memory\n",
  };
}

function refuseIpvsadm(
  lines: readonly string[],
  isRefused: (line: string) => boolean,
  emulate: (stdin: string) => Answer,
): Answer {
  const rest = emulate(text(lines.filter((line) => !isRefused(line))));
  if (rest.code === 2) return rest;
  const count = lines.filter(isRefused).length;
  const isLast = isRefused(lines.at(-1) ?? "");
  return {
    code: isLast ? 255 : rest.code,
    stdout: "",
    stderr: rest.stderr + "Memory allocation problem\n".repeat(count),
  };
}

function refuseIp(
  lines: readonly string[],
  isRefused: (line: string) => boolean,
  emulate: (stdin: string) => Answer,
): Answer {
  let stderr = "";
  lines.forEach((line, index) => {
    const said = isRefused(line)
      ? "RTNETLINK answers: Cannot allocate memory\nCommand failed -:1\n"
      : emulate(`${line}\n`).stderr;
    stderr += said.replace(
      "Command failed -:1",
      `Command failed -:${index + 1}`,
    );
  });
  return { code: stderr === "" ? 0 : 1, stdout: "", stderr };
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}
