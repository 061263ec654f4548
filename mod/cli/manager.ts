import type { Agent } from "#agent";
import { HOST_CLOCK } from "#apply";
import {
  type ManagerWishes,
  type NotifySocket,
  openNotifySocket,
  ServiceManager,
  whyUnhealthy,
} from "#observe";
import { getLogger } from "@std/log";
import type { Part } from "./parts.ts";
import type { Settings } from "./settings_types.ts";

/**
 * Opens the way to the service manager that started us; nothing when there
 * is none, or when it cannot be reached, which is warned of: the node's
 * traffic does not depend on it.
 */
export function openManager(
  { settings, manager }: {
    readonly settings: Pick<Settings, "runDir" | "syncPeriodMs">;
    readonly manager?: ManagerWishes;
  },
  agent: Pick<Agent, "snapshot" | "lateMs">,
): readonly Part[] {
  if (manager === undefined) return [];
  let socket: NotifySocket;
  try {
    // The agent's lock is not held yet: another one's socket is not ours.
    const own = `${settings.runDir}/notify-${Deno.pid}.sock`;
    Deno.mkdirSync(settings.runDir, { recursive: true, mode: 0o700 });
    socket = openNotifySocket(manager.socket, own);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    getLogger("cli").warn("cannot tell the service manager", { reason });
    return [];
  }
  const { watchdogMs } = manager;
  const told = new ServiceManager({
    socket,
    clock: HOST_CLOCK,
    snapshot: () => agent.snapshot(),
    whyUnhealthy: () =>
      whyUnhealthy({
        snapshot: agent.snapshot(),
        nowMs: HOST_CLOCK.nowMs(),
        timeoutMs: 2 * settings.syncPeriodMs,
      }),
    lateMs: () => agent.lateMs,
    ...(watchdogMs === undefined ? {} : { watchdogMs }),
  });
  return [{
    observer: told.observer(),
    run: (signal) => told.run(signal),
    close: () => socket.close(),
  }];
}
