import { assertEquals, assertThrows } from "@std/assert";
import { agentUnit, parseUnit } from "./unit.ts";
import { confined } from "./guest/confined.ts";

const PURE = { permissions: "none" } as const;

const UNIT = `# kube-proxy
[Service]
ExecStartPre=-+/sbin/modprobe -a -q ip_vs dummy
ExecStartPre=+/bin/sh -c ": >>/run/xtables.lock"
CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW
NoNewPrivileges=yes
`;

Deno.test("agentUnit() tells how the unit starts its program", PURE, () => {
  assertEquals(agentUnit(parseUnit(UNIT)), {
    capabilities: ["CAP_NET_ADMIN", "CAP_NET_RAW"],
    before: [
      "/sbin/modprobe -a -q ip_vs dummy || :",
      '/bin/sh -c ": >>/run/xtables.lock" || exit',
    ],
  });
});

Deno.test("agentUnit() refuses what the lab does not imitate", PURE, () => {
  const refused = (text: string, message: string) =>
    assertThrows(() => agentUnit(parseUnit(text)), Error, message);
  refused(`${UNIT}AmbientCapabilities=CAP_NET_RAW\n`, "AmbientCapabilities=");
  refused(`${UNIT}User=proxy\n`, "User=");
  refused(`${UNIT}CapabilityBoundingSet=CAP_KILL\n`, "in one line");
  refused(UNIT.replace("=CAP_NET", "=~CAP_NET"), "CapabilityBoundingSet=~");
  refused(UNIT.replace(/^Capability.*$/m, ""), "CapabilityBoundingSet=");
  refused(UNIT.replace("=yes", "=no"), "NoNewPrivileges=yes");
  refused(UNIT.replace("-+/sbin", "-/sbin"), 'only with "+"');
});

Deno.test("confined() runs what goes before, then less than root", PURE, () => {
  assertEquals(confined(agentUnit(parseUnit(UNIT)), ["deno", "run"]), [
    "sh",
    "-c",
    "/sbin/modprobe -a -q ip_vs dummy || :\n" +
    '/bin/sh -c ": >>/run/xtables.lock" || exit\n' +
    'exec "$@"',
    "sh",
    "setpriv",
    "--no-new-privs",
    "--inh-caps=-all",
    "--ambient-caps=-all",
    "--bounding-set=-all,+net_admin,+net_raw",
    "--",
    "deno",
    "run",
  ]);
});
