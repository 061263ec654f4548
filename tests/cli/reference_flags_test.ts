import { assert, assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../mod/cli/exit_code.ts";
import { type Field, FIELDS } from "../../mod/cli/fields.ts";
import { parseRunFlags } from "../../mod/cli/flags.ts";
import { RUN_FLAGS } from "../../mod/cli/run_flags.ts";
import { resolveSettings } from "../../mod/cli/settings.ts";
import {
  BIND,
  BOOLEAN,
  DURATION,
  IP,
  NUMBER,
  SWITCHES,
  type ValueKind,
} from "../../mod/cli/value_kinds.ts";

const NOTHING = { permissions: "none" } as const;

/** Every flag that kube-proxy 1.36 has on Linux, but those for Windows. */
const REFERENCE = ("config write-config-to cleanup init-only master " +
  "kubeconfig hostname-override bind-address bind-address-hard-fail " +
  "healthz-bind-address metrics-bind-address profiling feature-gates " +
  "show-hidden-metrics-for-version proxy-mode nodeport-addresses " +
  "oom-score-adj config-sync-period ipvs-scheduler ipvs-exclude-cidrs " +
  "ipvs-strict-arp ipvs-tcp-timeout ipvs-tcpfin-timeout ipvs-udp-timeout " +
  "ipvs-sync-period ipvs-min-sync-period iptables-sync-period " +
  "iptables-min-sync-period iptables-masquerade-bit masquerade-all " +
  "detect-local-mode pod-bridge-interface pod-interface-name-prefix " +
  "cluster-cidr conntrack-max-per-core conntrack-min " +
  "conntrack-tcp-timeout-established conntrack-tcp-timeout-close-wait " +
  "conntrack-tcp-be-liberal conntrack-udp-timeout " +
  "conntrack-udp-timeout-stream kube-api-content-type kube-api-qps " +
  "kube-api-burst healthz-port metrics-port v vmodule logging-format " +
  "log-flush-frequency").split(" ");

/** A value for a flag that is not its default. */
const SAMPLES: ReadonlyMap<ValueKind, string> = new Map([
  [BIND, "127.0.0.2:10000"],
  [BOOLEAN, "true"],
  [DURATION, "7s"],
  [IP, "192.0.2.1"],
  [NUMBER, "7.5"],
  [SWITCHES, "AllowServiceExternalIPs=false"],
]);
const OWN_SAMPLES: Readonly<Record<string, string>> = {
  "cluster-cidr": "10.0.0.0/8,fd00::/8",
  "conntrack-min": "7",
  "detect-local-mode": "NodeCIDR",
  "ipvs-exclude-cidrs": "10.0.0.0/8",
  "ipvs-scheduler": "sh",
  "ipvs-strict-arp": "false",
  "logging-format": "json",
  "nodeport-addresses": "10.0.0.0/8,fd00::/8",
  "proxy-mode": "ipvs",
};

function sampleOf({ flag = "", kind }: Field): string {
  return OWN_SAMPLES[flag] ?? SAMPLES.get(kind) ??
    (kind.allowed.startsWith("a whole number") ? "7" : "some-text");
}

Deno.test("every flag of the reference is known", NOTHING, () => {
  const known = new Set([
    ...FIELDS.map(({ flag }) => flag),
    ...RUN_FLAGS.map(({ flag }) => flag),
  ]);
  assertEquals(REFERENCE.filter((flag) => !known.has(flag)), []);
});

for (const field of FIELDS) {
  const { flag, path, use, kind } = field;
  if (flag === undefined) continue;
  const text = `--${flag}=${sampleOf(field)}`;
  Deno.test(`${text} is ${use}`, NOTHING, () => {
    const { values, warnings, given } = resolveSettings(parseRunFlags([text]));
    if (use === "honoured") {
      assertEquals(values.get(path), kind.parse(sampleOf(field)));
      assert(given.has(path));
      assertEquals(warnings, []);
    } else {
      assertEquals(warnings, [
        `flag --${flag} has no effect here: ${field.meaning}`,
      ]);
    }
  });
}

for (const { flag, refused } of RUN_FLAGS) {
  if (refused === undefined) continue;
  Deno.test(`--${flag} is refused, with what to do instead`, NOTHING, () => {
    assertThrows(() => parseRunFlags([`--${flag}=1`]), UsageError, refused);
  });
}
