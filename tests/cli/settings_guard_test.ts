import { assert, assertEquals } from "@std/assert";
import { createHost } from "../../mod/apply/mod.ts";
import type { PassReport } from "../../mod/agent/mod.ts";
import { setUpLogs } from "../../mod/observe/mod.ts";
import { SettingsGuard } from "../../mod/cli/settings_guard.ts";
import { setUpKernel } from "../../mod/cli/set_up_kernel.ts";
import { planSysctls } from "../../mod/cli/sysctl_plan.ts";
import { FakeNode, settingsOf } from "./support.ts";

const FACTS = { kernelRelease: "6.1.0", cpus: 4, hasIpv6: true };
const FORWARD = "net.ipv4.ip_forward";
const REUSE = "net.ipv4.vs.conn_reuse_mode";

/** A node that has been set up, and what guards it. */
async function bench(...args: string[]) {
  const node = new FakeNode();
  const settings = settingsOf(...args);
  const { sysctls, modules } = createHost(node, "legacy");
  const host = { sysctls, modules, runner: node };
  const { timeouts } = await setUpKernel(settings, FACTS, host);
  const lines: string[] = [];
  const write = (line: string) => lines.push(line);
  setUpLogs({ format: "text", verbosity: 0, write });
  const state = { nowMs: 0, repaired: 0, settings };
  const guard = new SettingsGuard({
    ...{ sysctls, runner: node },
    settings: () => state.settings,
    wanted: () => planSysctls(state.settings, FACTS),
    monotonicMs: () => state.nowMs,
    repaired: (count) => state.repaired += count,
  }, timeouts);
  node.commands.length = 0;
  return { node, guard, lines, state, values: node.host.sysctl.values };
}

function pass(reason: PassReport["reason"]): PassReport {
  return {
    reason,
    services: [],
    durationMs: 1,
    lines: { ipvs: 0, other: 0 },
    failures: new Map(),
  };
}

function guardTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

guardTest("idle-900s: timeouts that others set are set again", async () => {
  const { node, guard, lines, state } = await bench();
  await node.host.run(["ipvsadm", "--set", "900", "120", "300"]);
  await guard.look();
  assertEquals(guard.timeouts, { tcp: 7_800, tcpFin: 120, udp: 120 });
  assertEquals(state.repaired, 1);
  assert(lines[0]?.includes("tcp 7800 s"), lines[0]);
  assert(lines[0]?.includes("was tcp 900 s"), lines[0]);
  await guard.look();
  assertEquals([state.repaired, lines.length], [1, 1], "nothing is left");
});

guardTest(
  "conn-reuse-dead-pod: a mode that others set is set again",
  async () => {
    const { guard, values, lines } = await bench();
    values.set(REUSE, "0");
    await guard.look();
    assertEquals(values.get(REUSE), "1");
    assert(lines[0]?.includes(`${REUSE} = 1 again (was 0)`), lines[0]);
  },
);

guardTest(
  "SettingsGuard costs two processes when nothing changed",
  async () => {
    const { node, guard, state } = await bench();
    await guard.look();
    assertEquals(node.commands.map((text) => text.split(" ")[0]), [
      "sysctl",
      "ipvsadm",
    ]);
    assertEquals(state.repaired, 0);
  },
);

guardTest(
  "SettingsGuard looks at audits, every two minutes at most",
  async () => {
    const { node, guard, state } = await bench();
    const { passed } = guard.observer();
    for (let audit = 0; audit < 20; audit++) {
      state.nowMs += 30_000;
      passed?.(pass("audit"));
      passed?.(pass("change"));
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    const looks = node.commands.filter((text) => text.startsWith("sysctl -e"));
    assertEquals(looks.length, 5);
  },
);

guardTest(
  "SettingsGuard tells of a quarrel now and then, not for ever",
  async () => {
    const { guard, values, lines, state } = await bench();
    for (let time = 0; time < 100; time++) {
      values.set(FORWARD, "0");
      await guard.look();
    }
    assertEquals(state.repaired, 100);
    assertEquals(lines.length, 7, "1, 2, 4, 8, 16, 32, 64");
  },
);

guardTest("SettingsGuard tries once what the kernel refuses", async () => {
  const { node, guard, values, lines, state } = await bench();
  values.set(FORWARD, "0");
  node.host.sysctl.refused.add(FORWARD);
  for (let time = 0; time < 3; time++) await guard.look();
  const writes = node.commands.filter((text) => text === "sysctl -p -");
  assertEquals([writes.length, lines.length, state.repaired], [1, 1, 0]);
});

guardTest(
  "SettingsGuard tries another value than the refused one",
  async () => {
    const { node, guard, values, state } = await bench(
      "--conntrack-min=1000000",
    );
    const max = "net.netfilter.nf_conntrack_max";
    values.set(max, "1");
    node.host.sysctl.refused.add(max);
    await guard.look();
    node.host.sysctl.refused.delete(max);
    await guard.look();
    assertEquals(values.get(max), "1", "tried once");
    state.settings = settingsOf("--conntrack-min=900000");
    await guard.look();
    assertEquals([values.get(max), state.repaired], ["900000", 1]);
  },
);

guardTest(
  "SettingsGuard tries other timeouts than the refused ones",
  async () => {
    const { node, guard, state } = await bench();
    await node.host.run(["ipvsadm", "--set", "900", "120", "300"]);
    node.host.faults.add({
      program: "ipvsadm",
      when: ({ argv }) => argv.includes("--set"),
      effect: { kind: "exit", code: 1, stderr: "Operation not permitted\n" },
    });
    await guard.look();
    await guard.look();
    assertEquals([guard.timeouts?.tcp, state.repaired], [900, 0], "tried once");
    state.settings = settingsOf("--ipvs-tcp-timeout=3h");
    await guard.look();
    assertEquals([guard.timeouts?.tcp, state.repaired], [10_800, 1]);
  },
);

guardTest(
  "SettingsGuard ends when its look has, and looks no more",
  async () => {
    const { node, guard, values, state } = await bench();
    const { passed } = guard.observer();
    const stop = new AbortController();
    const running = guard.run(stop.signal);
    values.set(FORWARD, "0");
    state.nowMs = 120_000;
    passed?.(pass("audit"));
    stop.abort();
    await running;
    assertEquals(values.get(FORWARD), "1");
    node.commands.length = 0;
    state.nowMs = 240_000;
    passed?.(pass("audit"));
    await new Promise((resolve) => setTimeout(resolve));
    assertEquals(node.commands, []);
  },
);

guardTest("SettingsGuard goes on when the tools fail", async () => {
  const { node, guard, values, lines } = await bench();
  node.host.missing.add("sysctl");
  await guard.look();
  assertEquals(lines.length, 1);
  node.host.missing.delete("sysctl");
  values.set(FORWARD, "0");
  await guard.look();
  assertEquals(values.get(FORWARD), "1");
});

guardTest(
  "udp-timeout-mismatch: both timeouts are known for metrics",
  async () => {
    const { guard } = await bench();
    await guard.look();
    assertEquals(guard.timeouts?.udp, 120);
    assertEquals(guard.conntrack, { tcp: 86_400, udp: 120 });
  },
);
