import { type CommandRunner, createHost, isLockHeld } from "#apply";
import { DEVICE } from "../host_view.ts";
import type { CleanupPlan } from "./types.ts";

/** Tries while another program holds the lock of iptables; each waits 1 s. */
const LOCK_TRIES = 10;

/**
 * Does what was planned, each kind of thing with one batch: virtual servers
 * while their addresses are there, then addresses and routes, rules, the sets
 * that these held, and the device. What fails stops nothing else.
 *
 * @returns what the tools said, a sentence for each batch that failed
 */
export async function sweep(
  plan: CleanupPlan,
  runner: CommandRunner,
): Promise<readonly string[]> {
  const host = createHost(runner, "legacy");
  const said: string[] = [];
  const attempt = async (task: () => Promise<void>): Promise<void> => {
    try {
      await task();
    } catch (error) {
      said.push(error instanceof Error ? error.message : String(error));
    }
  };
  await attempt(() =>
    host.ipvs.restore(
      plan.servers.map((key) => ({ verb: "delete-service", key })),
    )
  );
  await attempt(() =>
    host.links.restore(DEVICE, { add: [], delete: plan.addresses })
  );
  await attempt(() => host.routes.restore({ add: [], delete: plan.routes }));
  for (const { backEnd, family, document } of plan.rules) {
    const { iptables } = createHost(runner, backEnd);
    await attempt(() => patiently(() => iptables.restore(family, document)));
  }
  await attempt(() => destroySets(plan.sets, runner, said));
  if (plan.device) await attempt(() => host.links.deleteDevice(DEVICE));
  return said;
}

async function patiently(task: () => Promise<void>): Promise<void> {
  for (let tries = 1;; tries++) {
    try {
      return await task();
    } catch (error) {
      if (!isLockHeld(error) || tries === LOCK_TRIES) throw error;
    }
  }
}

/** ipset stops at the first set that it cannot destroy; the rest is retried. */
async function destroySets(
  names: readonly string[],
  runner: CommandRunner,
  said: string[],
): Promise<void> {
  const { ipSets } = createHost(runner, "legacy");
  const wanted = new Set(names);
  let rest = names;
  while (rest.length > 0) {
    try {
      await ipSets.destroy(rest);
      return;
    } catch (error) {
      said.push(error instanceof Error ? error.message : String(error));
      const there = await ipSets.list((name) => wanted.has(name));
      // The first of those that are there is the one that was refused.
      rest = rest.filter((name) => there.has(name)).slice(1);
    }
  }
}
