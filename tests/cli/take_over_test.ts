import { assertEquals, assertRejects } from "@std/assert";
import { getLogger } from "@std/log";
import { LiveSettings } from "../../mod/cli/live_settings.ts";
import type { Settings } from "../../mod/cli/settings_types.ts";
import { takeOver, type TakeOverOptions } from "../../mod/cli/take_over.ts";
import { setUpLogs } from "../../mod/observe/log_setup.ts";
import { settingsOf } from "./support.ts";

const NOTHING = { permissions: "none" } as const;

function scene(changes: Partial<TakeOverOptions> = {}) {
  const logs = setUpLogs({ format: "text", verbosity: 0, write: () => {} });
  const settings = settingsOf();
  const live = new LiveSettings(settings);
  const view: { settings: Settings } = { settings };
  const seen: string[] = [];
  takeOver(live, {
    agent: {
      settingsChanged: ({ minSyncMs, syncMs }) =>
        void seen.push(`agent ${minSyncMs} ${syncMs}`),
    },
    view,
    logs,
    ready: {
      writeKernelSettings: () => {
        seen.push("kernel");
        return Promise.resolve({ tcp: 1, tcpFin: 2, udp: 3 });
      },
    },
    told: ({ tcp }) => void seen.push(`tcp ${tcp}`),
    ...changes,
  });
  return { live, view, seen };
}

Deno.test(
  "takeOver() writes kernel settings only when they changed",
  NOTHING,
  async () => {
    const { live, view, seen } = scene();
    await live.offer(settingsOf("--ipvs-sync-period=1m"));
    assertEquals(seen, ["agent 200 60000"]);
    assertEquals(view.settings.syncPeriodMs, 60_000);
    await live.offer(
      settingsOf("--ipvs-sync-period=1m", "--ipvs-udp-timeout=1m"),
    );
    assertEquals(seen.slice(1), ["kernel", "tcp 1", "agent 200 60000"]);
  },
);

Deno.test(
  "takeOver() changes the level of loggers that were taken before",
  NOTHING,
  async () => {
    const { live } = scene();
    const logger = getLogger("agent");
    assertEquals(logger.levelName, "INFO");
    await live.offer(settingsOf("-v=2"));
    assertEquals(logger.levelName, "DEBUG");
  },
);

Deno.test(
  "takeOver() changes nothing when the kernel cannot be written",
  NOTHING,
  async () => {
    const { live, view, seen } = scene({
      ready: { writeKernelSettings: () => Promise.reject(new Error("gone")) },
    });
    const next = settingsOf("--ipvs-udp-timeout=1m");
    await assertRejects(() => live.offer(next), Error, "gone");
    assertEquals(seen, []);
    assertEquals(view.settings.ipvsTimeouts.udpMs, 120_000);
  },
);
