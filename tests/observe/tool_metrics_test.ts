import { assert, assertEquals } from "@std/assert";
import type { MeasuredRun } from "../../mod/apply/measured_runner.ts";
import { MetricRegistry } from "../../mod/observe/metric_registry.ts";
import { registerTools, toolOf } from "../../mod/observe/tool_metrics.ts";

const NOTHING = { permissions: "none" } as const;

function run(change: Partial<MeasuredRun>): MeasuredRun {
  return {
    argv: ["ipvsadm", "--restore"],
    durationMs: 40,
    lines: 2,
    result: { code: 0, stdout: "", stderr: "" },
    ...change,
  };
}

async function scrape(...runs: readonly MeasuredRun[]): Promise<string> {
  const registry = await MetricRegistry.open();
  const told = registerTools(registry);
  for (const one of runs) told(one);
  return (await registry.text()).text;
}

function has(text: string, line: string): void {
  assert(text.split("\n").includes(line), `${line}\nis not in\n${text}`);
}

Deno.test("toolOf() names few tools", NOTHING, () => {
  assertEquals(
    ["ip6tables-legacy-restore", "ip", "ipvsadm", "modprobe"].map(toolOf),
    ["iptables", "ip", "ipvsadm", "other"],
  );
});

Deno.test(
  "batches are timed and their refused lines counted by tool",
  NOTHING,
  async () => {
    const text = await scrape(
      run({ result: { code: 0, stdout: "", stderr: "No such service\n" } }),
      run({ argv: ["ipset", "list"], lines: 0 }),
    );
    has(text, 'kubeproxy_ipvs_batch_duration_seconds_count{tool="ipvsadm"} 1');
    has(text, 'kubeproxy_ipvs_batch_refused_lines_total{tool="ipvsadm"} 1');
    has(text, 'kubeproxy_ipvs_batch_refused_lines_total{tool="ipset"} 0');
    assert(!text.includes('duration_seconds_count{tool="ipset"}'));
  },
);

Deno.test(
  "commands that fail are counted; an answer of no is none",
  NOTHING,
  async () => {
    const text = await scrape(
      run({ argv: ["ip", "addr"], lines: 0, result: undefined }),
      run({
        argv: ["ipvsadm", "-Ln"],
        lines: 0,
        result: { code: 255, stdout: "", stderr: "No such service\n" },
      }),
    );
    has(text, 'kubeproxy_ipvs_command_failures_total{tool="ip"} 1');
    has(text, 'kubeproxy_ipvs_command_failures_total{tool="ipvsadm"} 0');
  },
);

Deno.test(
  "failures of iptables-restore are counted by family",
  NOTHING,
  async () => {
    const failed = { code: 4, stdout: "", stderr: "lock" };
    const text = await scrape(
      run({ argv: ["ip6tables-nft-restore", "--noflush"], result: failed }),
    );
    const name = "kubeproxy_sync_proxy_rules_iptables_restore_failures_total";
    has(text, `${name}{ip_family="IPv4"} 0`);
    has(text, `${name}{ip_family="IPv6"} 1`);
  },
);

Deno.test("deleted connections are counted by family", NOTHING, async () => {
  const stdout =
    "udp 17 29 src=10.0.0.1 dst=10.96.0.1 sport=1 dport=53 src=10.0.0.9\n" +
    "udp 17 29 src=fd00::1 dst=fd00::2 sport=1 dport=53\n" +
    "udp 17 29 src=fd00::3 dst=fd00::2 sport=1 dport=53\n";
  const text = await scrape(
    run({
      argv: ["conntrack", "-R", "-"],
      result: { code: 0, stdout, stderr: "" },
    }),
  );
  const name = "kubeproxy_conntrack_reconciler";
  has(text, `${name}_deleted_entries_total{ip_family="IPv4"} 1`);
  has(text, `${name}_deleted_entries_total{ip_family="IPv6"} 2`);
  has(text, `${name}_sync_duration_seconds_count{ip_family="IPv4"} 1`);
});
