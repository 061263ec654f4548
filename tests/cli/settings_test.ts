import { assert, assertEquals, assertThrows } from "@std/assert";
import { BETTER_DEFAULTS } from "../../mod/cli/defaults.ts";
import { UsageError } from "../../mod/cli/exit_code.ts";
import { parseRunFlags } from "../../mod/cli/flags.ts";
import { resolveSettings } from "../../mod/cli/settings.ts";
import { settingsOf } from "./support.ts";

const NOTHING = { permissions: "none" } as const;

function withFile(fields: Record<string, unknown>, ...args: string[]) {
  return resolveSettings(parseRunFlags(args), {
    fields: new Map(Object.entries(fields)),
    warnings: ["from the file"],
  });
}

Deno.test(
  "resolveSettings() has our defaults, and kube-proxy's with --compat",
  NOTHING,
  () => {
    const { minSyncPeriodMs, strictArp, ipvsTimeouts, nodePortAddresses } =
      settingsOf();
    assertEquals(
      { minSyncPeriodMs, strictArp, ipvsTimeouts, nodePortAddresses },
      {
        minSyncPeriodMs: 200,
        strictArp: true,
        ipvsTimeouts: { tcpMs: 7_800_000, tcpFinMs: 0, udpMs: 120_000 },
        nodePortAddresses: [],
      },
    );
    const compat = settingsOf("--compat");
    assertEquals(
      {
        minSyncPeriodMs: compat.minSyncPeriodMs,
        strictArp: compat.strictArp,
        tcpMs: compat.ipvsTimeouts.tcpMs,
        nodePortAddresses: compat.nodePortAddresses,
      },
      {
        minSyncPeriodMs: 1_000,
        strictArp: false,
        tcpMs: 0,
        nodePortAddresses: ["0.0.0.0/0", "::/0"],
      },
    );
    assertEquals(withFile({}, "--compat").minSyncPeriodMs, 0);
  },
);

Deno.test(
  "resolveSettings() keeps every value that file or flags give",
  NOTHING,
  () => {
    for (const { path, compat } of BETTER_DEFAULTS) {
      assert(withFile({ [path]: compat }).given.has(path), path);
    }
    assert(!withFile({ "ipvs.strictARP": false }).strictArp);
    assertEquals(settingsOf("--ipvs-min-sync-period=0s").minSyncPeriodMs, 0);
  },
);

Deno.test(
  "resolveSettings() lets a file replace flags, but for logging and the node's name",
  NOTHING,
  () => {
    const settings = withFile(
      { "ipvs.scheduler": "lc", "logging.verbosity": 1, hostnameOverride: "a" },
      "--ipvs-scheduler=sh",
      "-v=4",
      "--hostname-override=b",
      "--master=https://x",
    );
    assertEquals(settings.scheduler, "lc");
    assertEquals(settings.verbosity, 4);
    assertEquals(settings.hostnameOverride, "b");
    assertEquals(settings.master, "https://x");
    assertEquals(settings.warnings, [
      "from the file",
      "flag --ipvs-scheduler has no effect beside --config",
    ]);
  },
);

Deno.test(
  "resolveSettings() takes firewall marks that leave the masquerade bit alone",
  NOTHING,
  () => {
    assertEquals(settingsOf().markRange, {
      value: 0x0100_0000,
      mask: 0xff00_0000,
    });
    assertEquals(
      settingsOf("--firewall-mark-range=0x20000/0xe0000").markRange,
      { value: 0x2_0000, mask: 0xe_0000 },
    );
    assertThrows(
      () =>
        settingsOf(
          "--firewall-mark-range=0x20000/0xe0000",
          "--iptables-masquerade-bit=17",
        ),
      UsageError,
      "masqueradeBit",
    );
  },
);

Deno.test("resolveSettings() warns of flags without effect", NOTHING, () => {
  assertEquals(settingsOf("--kube-api-qps=5").warnings, [
    "flag --kube-api-qps has no effect here: " +
    "the watches need no rate limit: one request each",
  ]);
});

Deno.test(
  "resolveSettings() reads zero of syncPeriod as its default",
  NOTHING,
  () => {
    assertEquals(withFile({ "ipvs.syncPeriod": "0s" }).syncPeriodMs, 30_000);
    assertEquals(settingsOf().syncPeriodMs, 30_000);
  },
);

Deno.test(
  "resolveSettings() has servers on kube-proxy's addresses, none when told so",
  NOTHING,
  () => {
    assertEquals(settingsOf().healthz, { host: "0.0.0.0", port: 10256 });
    assertEquals(settingsOf().metrics, { host: "127.0.0.1", port: 10249 });
    const none = settingsOf(
      "--healthz-bind-address=",
      "--metrics-bind-address=",
    );
    assertEquals([none.healthz, none.metrics], [undefined, undefined]);
  },
);

Deno.test("resolveSettings() names every contradiction", NOTHING, () => {
  const { lines } = assertThrows(
    () =>
      settingsOf(
        "--ipvs-sync-period=1s",
        "--ipvs-min-sync-period=2s",
        "--detect-local-mode=BridgeInterface",
        "--nodeport-addresses=primary,10.0.0.0/8",
      ),
    UsageError,
  );
  assertEquals(lines.map((line) => line.split(":")[0]), [
    "ipvs.minSyncPeriod",
    "detectLocal.bridgeInterface",
    "nodePortAddresses",
  ]);
  assertThrows(
    () => settingsOf("--detect-local-mode=InterfaceNamePrefix"),
    UsageError,
    "detectLocal.interfaceNamePrefix",
  );
});
