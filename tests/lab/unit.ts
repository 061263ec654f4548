/**
 * What `kube-proxy.service` lets its program do, so that the lab starts agents
 * with no more. The lab imitates the unit's capabilities and what it runs
 * before its program; the rest of the sandbox is tried under systemd.
 *
 * @module
 */

import type { AgentUnit } from "./protocol.ts";

/** Settings that would give the program other rights than the lab imitates. */
const NOT_IMITATED = [
  ...["AmbientCapabilities", "User", "Group", "DynamicUser", "SecureBits"],
];

/** The values of a unit file's settings, in order. */
export function parseUnit(text: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [, key = "", value = ""] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (key !== "") values.set(key, [...values.get(key) ?? [], value]);
  }
  return values;
}

/**
 * How the unit starts its program.
 *
 * @throws {Error} when it does so in a way that the lab does not imitate: an
 * agent with other rights than the unit's would prove nothing
 */
export function agentUnit(unit: ReadonlyMap<string, string[]>): AgentUnit {
  for (const key of NOT_IMITATED) {
    if (unit.has(key)) throw new Error(`Cannot imitate ${key}= of the unit`);
  }
  const [bounding = "", ...more] = unit.get("CapabilityBoundingSet") ?? [];
  const capabilities = bounding.split(" ");
  if (
    more.length > 0 || !capabilities.every((name) => /^CAP_[A-Z_]+$/.test(name))
  ) {
    throw new Error(
      `Cannot imitate CapabilityBoundingSet=${[bounding, ...more].join(", ")}` +
        ": name each capability, in one line",
    );
  }
  if (unit.get("NoNewPrivileges")?.join() !== "yes") {
    throw new Error("Cannot imitate the unit without NoNewPrivileges=yes");
  }
  return {
    capabilities,
    before: (unit.get("ExecStartPre") ?? []).map(shellLine),
  };
}

/** A line of ExecStartPre= that runs with all rights, as a line of shell. */
function shellLine(value: string): string {
  const [, prefixes = "", command = ""] = /^([-+]*)(.*)$/.exec(value) ?? [];
  if (!prefixes.includes("+") || !command.startsWith("/")) {
    throw new Error(`Cannot imitate ExecStartPre=${value}: only with "+"`);
  }
  return prefixes.includes("-") ? `${command} || :` : `${command} || exit`;
}

/** How the unit of this repository starts its program. */
export async function readAgentUnit(): Promise<AgentUnit> {
  const file = new URL("../../kube-proxy.service", import.meta.url);
  return agentUnit(parseUnit(await Deno.readTextFile(file)));
}
