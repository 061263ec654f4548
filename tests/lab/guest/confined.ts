import type { AgentUnit } from "../protocol.ts";

/**
 * The command that runs another one as the unit does: first, with all rights,
 * what the unit runs before its program; then, as root still, with the unit's
 * capabilities and no way to more. Root's programs get what the bounding set
 * has; nothing is inherited. Each step is the same process.
 */
export function confined(unit: AgentUnit, argv: readonly string[]): string[] {
  const names = unit.capabilities.map((name) =>
    `+${name.replace(/^CAP_/, "").toLowerCase()}`
  );
  return [
    ...["sh", "-c", [...unit.before, 'exec "$@"'].join("\n"), "sh"],
    "setpriv",
    "--no-new-privs",
    "--inh-caps=-all",
    "--ambient-caps=-all",
    `--bounding-set=${["-all", ...names].join(",")}`,
    "--",
    ...argv,
  ];
}
