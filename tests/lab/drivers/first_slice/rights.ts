/**
 * What the agents may do, and the tools that they run: what the unit gives,
 * as the kernel tells.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Driver } from "../../guest/mod.ts";
import { NODES, type Scene } from "./scene.ts";

const TOOLS_FOLDER = "/tmp/telling-tools";
const TOLD = "/tmp/told-rights";

/** Lines of /proc/PID/status that tell what a process may do. */
const LINES = /^(?:Uid|Cap\w+|NoNewPrivs):.*$/gm;

/** What /proc/PID/status has to say of the unit's program and its children. */
async function unitRights({ driver, cluster }: Scene): Promise<string[]> {
  // Names in the order of their numbers.
  const listed = await cluster.exec(undefined, ["setpriv", "--list-caps"]);
  const names = listed.stdout.trim().split("\n");
  const mask = driver.config.agentUnit.capabilities.reduce((sum, name) => {
    const number = names.indexOf(name.replace(/^CAP_/, "").toLowerCase());
    assert(number >= 0, `${name} is not in: ${names}`);
    return sum | 1n << BigInt(number);
  }, 0n);
  const set = (name: string, value: bigint): string =>
    `${name}:\t${value.toString(16).padStart(16, "0")}`;
  return [
    "Uid:\t0\t0\t0\t0",
    set("CapInh", 0n),
    ...["CapPrm", "CapEff", "CapBnd"].map((name) => set(name, mask)),
    set("CapAmb", 0n),
    "NoNewPrivs:\t1",
  ];
}

/** The agents that run have the unit's capabilities. */
export async function agentRights(scene: Scene): Promise<void> {
  const { driver, cluster } = scene;
  await driver.step(
    "the agents are root with the unit's capabilities alone",
    async () => {
      const expected = await unitRights(scene);
      driver.say(expected.join(", ").replaceAll("\t", " "));
      for (const name of NODES) {
        const { pid } = cluster.programs.get(name);
        const status = await Deno.readTextFile(`/proc/${pid}/status`);
        assertEquals(status.match(LINES), expected, name);
      }
      // Or else the comparison would say nothing.
      const own = await Deno.readTextFile("/proc/self/status");
      assert(own.match(LINES)?.join() !== expected.join(), own);
    },
  );
}

/**
 * Puts a script before each tool that the agent may run, which tells what it
 * may do and becomes the tool; gives the environment of such an agent.
 */
export async function tellingTools(
  driver: Driver,
): Promise<Record<string, string>> {
  const path = Deno.env.get("PATH") ?? "";
  const flag = driver.config.agentPermissions
    .find((text) => text.startsWith("--allow-run="));
  await Deno.mkdir(TOOLS_FOLDER, { recursive: true });
  for (const tool of flag?.replace("--allow-run=", "").split(",") ?? []) {
    const file = `${TOOLS_FOLDER}/${tool}`;
    const script = `#!/bin/sh
while read -r line; do echo "${tool} $line"; done </proc/$$/status >>${TOLD}
PATH=${path} exec ${tool} "$@"
`;
    await Deno.writeTextFile(file, script);
    await Deno.chmod(file, 0o755);
  }
  return { PATH: `${TOOLS_FOLDER}:${path}` };
}

/** The tools that were run meanwhile had the agent's rights, and no others. */
export async function toolRights(scene: Scene): Promise<void> {
  await scene.driver.step("the tools that they run have no more", async () => {
    const expected = await unitRights(scene);
    const told = new Map<string, Set<string>>();
    for (const line of (await Deno.readTextFile(TOLD)).trim().split("\n")) {
      const [, tool = "", rest = ""] = /^(\S+) (.*)$/.exec(line) ?? [];
      for (const [value] of rest.matchAll(LINES)) {
        told.set(tool, (told.get(tool) ?? new Set()).add(value));
      }
    }
    scene.driver.say([...told.keys()].join(" "));
    for (const [tool, values] of told) {
      assertEquals([...values], expected, tool);
    }
    const needed = ["ipvsadm", "ipset", "ip", "iptables-legacy-save"];
    assertEquals(needed.filter((tool) => !told.has(tool)), []);
  });
}
