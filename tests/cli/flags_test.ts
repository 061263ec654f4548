import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../mod/cli/exit_code.ts";
import { FIELDS } from "../../mod/cli/fields.ts";
import { describeMode, parseRunFlags } from "../../mod/cli/flags.ts";
import { RUN_FLAGS } from "../../mod/cli/run_flags.ts";

const NOTHING = { permissions: "none" } as const;

function fieldsOf(...args: string[]): Record<string, unknown> {
  return Object.fromEntries(parseRunFlags(args).fields);
}

function linesOf(...args: string[]): readonly string[] {
  return assertThrows(() => parseRunFlags(args), UsageError).lines;
}

for (
  const [args, expected] of [
    [["--ipvs-scheduler=sh"], { "ipvs.scheduler": "sh" }],
    [["--ipvs-scheduler", "sh"], { "ipvs.scheduler": "sh" }],
    [["--ipvs_scheduler=sh"], { "ipvs.scheduler": "sh" }],
    [["--ipvs-scheduler=rr", "--ipvs-scheduler=sh"], {
      "ipvs.scheduler": "sh",
    }],
    [["--ipvs-strict-arp"], { "ipvs.strictARP": true }],
    [["--ipvs-strict-arp=false"], { "ipvs.strictARP": false }],
    [["--ipvs-strict-arp", "--masquerade-all"], {
      "ipvs.strictARP": true,
      "iptables.masqueradeAll": true,
    }],
    [["-v=4"], { "logging.verbosity": 4 }],
    [["-v", "4"], { "logging.verbosity": 4 }],
    [["-v4"], { "logging.verbosity": 4 }],
    [["--v=4"], { "logging.verbosity": 4 }],
    [["--cluster-cidr=10.0.0.0/8,fd00::/8"], {
      clusterCIDR: "10.0.0.0/8,fd00::/8",
    }],
    [["--nodeport-addresses=10.0.0.0/8,fd00::/8"], {
      nodePortAddresses: ["10.0.0.0/8", "fd00::/8"],
    }],
    [["--proxy-mode=ipvs"], { mode: "ipvs" }],
    [["--ipvs-tcp-timeout=1h"], { "ipvs.tcpTimeout": "1h" }],
  ] as const
) {
  Deno.test(`parseRunFlags() reads ${args.join(" ")}`, NOTHING, () => {
    assertEquals(fieldsOf(...args), expected);
  });
}

Deno.test(
  "parseRunFlags() keeps flags that are no field apart",
  NOTHING,
  () => {
    const { run } = parseRunFlags(["--once", "--run-dir=/run/x", "--config=F"]);
    assertEquals(Object.fromEntries(run), {
      once: true,
      "run-dir": "/run/x",
      config: "F",
    });
  },
);

Deno.test("parseRunFlags() names every wrong thing at once", NOTHING, () => {
  assertEquals(linesOf("--ipvs-schedular=rr", "--nonsensical", "word"), [
    "Cannot use flag --ipvs-schedular: unknown; did you mean --ipvs-scheduler?",
    "Cannot use flag --nonsensical: unknown; see --help",
    'Cannot use argument "word": flags begin with "--"',
  ]);
  assertEquals(
    linesOf("--iptables-masquerade-bit=32", "--ipvs-tcp-timeout=1"),
    [
      'Cannot use flag --iptables-masquerade-bit="32": ' +
      "allowed is a whole number from 0 to 31",
      'Cannot use flag --ipvs-tcp-timeout="1": allowed is ' +
      'a duration of zero or more, such as "30s" or "1h0m0s"',
    ],
  );
});

Deno.test("parseRunFlags() names a missing value", NOTHING, () => {
  assertEquals(linesOf("--kubeconfig"), [
    "Cannot read flag --kubeconfig: it needs a text",
  ]);
});

Deno.test(
  "parseRunFlags() refuses other proxy modes and says why",
  NOTHING,
  () => {
    assertEquals(linesOf("--proxy-mode=nftables"), [describeMode("nftables")]);
  },
);

Deno.test(
  "parseRunFlags() refuses what would otherwise be lied about",
  NOTHING,
  () => {
    for (const { flag, refused } of RUN_FLAGS) {
      if (refused === undefined) continue;
      assertEquals(linesOf(`--${flag}=true`), [
        `Cannot use flag --${flag}: ${refused}`,
      ]);
    }
  },
);

/** Flags of kube-proxy 1.36 that concern ipvs mode (behaviour 8.2). */
const REFERENCE_FLAGS = `
config write-config-to cleanup init-only master kubeconfig hostname-override
bind-address bind-address-hard-fail healthz-bind-address metrics-bind-address
profiling feature-gates show-hidden-metrics-for-version proxy-mode
nodeport-addresses oom-score-adj config-sync-period ipvs-scheduler
ipvs-exclude-cidrs ipvs-strict-arp ipvs-tcp-timeout ipvs-tcpfin-timeout
ipvs-udp-timeout ipvs-sync-period ipvs-min-sync-period iptables-sync-period
iptables-min-sync-period iptables-masquerade-bit masquerade-all
detect-local-mode pod-bridge-interface pod-interface-name-prefix cluster-cidr
conntrack-max-per-core conntrack-min conntrack-tcp-timeout-established
conntrack-tcp-timeout-close-wait conntrack-tcp-be-liberal
conntrack-udp-timeout conntrack-udp-timeout-stream kube-api-content-type
kube-api-qps kube-api-burst healthz-port metrics-port v vmodule
logging-format log-flush-frequency`.trim().split(/\s+/);

Deno.test(
  "every flag of kube-proxy is known here: honoured, ignored or refused",
  NOTHING,
  () => {
    const known = new Set([
      ...FIELDS.map(({ flag }) => flag),
      ...RUN_FLAGS.map(({ flag }) => flag),
    ]);
    assertEquals(REFERENCE_FLAGS.filter((flag) => !known.has(flag)), []);
  },
);
