import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FlowsKeeper } from "../../mod/agent/flows_keeper.ts";
import { StateFile } from "../../mod/agent/state_file.ts";
import { Status } from "../../mod/agent/status.ts";
import type { StaleFlow } from "../../mod/diff/mod.ts";
import type { IpAddress } from "../../mod/model/mod.ts";
import { createHost } from "../../mod/apply/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeHost } from "../support/fake_host.ts";
import { FakeRunDirectory } from "./fake_run_directory.ts";

const permissions = "none";
const FLOW: StaleFlow = {
  protocol: "udp",
  address: "10.96.0.10" as IpAddress,
  port: 53,
};

/** A keeper whose conntrack fails so many times. */
async function newKeeper(directory: FakeRunDirectory, failures: number) {
  const clock = new FakeClock();
  const warnings: string[] = [];
  const deleted: (readonly StaleFlow[])[] = [];
  const state = await StateFile.open(directory, (text) => warnings.push(text));
  const keeper = new FlowsKeeper({
    conntrack: {
      async delete(flows: readonly StaleFlow[]) {
        await Promise.resolve();
        if (failures-- > 0) throw new Error("out of luck");
        deleted.push(flows);
        return flows.length;
      },
    },
    state,
    status: new Status(clock, { warned: (text) => warnings.push(text) }),
    timing: { retryMs: 1_000, retryMaxMs: 60_000 },
    monotonicMs: () => clock.monotonicMs(),
  });
  return { clock, keeper, state, warnings, deleted };
}

Deno.test({
  name: "FlowsKeeper deletes what is on record, once, and tries again",
  permissions,
  fn: async () => {
    const { clock, keeper, state, warnings, deleted } = await newKeeper(
      new FakeRunDirectory(),
      2,
    );
    assertEquals(keeper.nextMs, Infinity);
    await state.addFlows([FLOW]);
    await keeper.flush();
    assertEquals(keeper.nextMs, 1_000);
    await keeper.flush();
    assertEquals(warnings.length, 1, "it waits");
    await clock.advance(1_000);
    await keeper.flush();
    assertEquals(keeper.nextMs, 3_000);
    assertStringIncludes(warnings[1] ?? "", "tried again in 2000 ms");
    await clock.advance(2_000);
    await keeper.flush();
    assertEquals([keeper.nextMs, deleted], [Infinity, [[FLOW]]]);
    await keeper.flush();
    assertEquals(deleted.length, 1);
  },
});

Deno.test({
  name: "FlowsKeeper does not let what is new wait for what failed",
  permissions,
  fn: async () => {
    const { keeper, state, warnings, deleted } = await newKeeper(
      new FakeRunDirectory(),
      1,
    );
    await state.addFlows([FLOW]);
    await keeper.flush();
    const other = { ...FLOW, port: 54 };
    await state.addFlows([other]);
    await keeper.flush();
    assertEquals([warnings.length, deleted], [1, [[other]]]);
    assertEquals(keeper.nextMs, 1_000, "the other one has its time");
    await state.addFlows([{ ...FLOW }]);
    await keeper.flush();
    assertEquals(deleted, [[other], [FLOW]]);
  },
});

Deno.test({
  name: "FlowsKeeper lets what conntrack refuses concern itself alone",
  permissions,
  fn: async () => {
    const directory = new FakeRunDirectory();
    const clock = new FakeClock();
    const host = new FakeHost();
    const warnings: string[] = [];
    const state = await StateFile.open(directory, () => {});
    host.faults.add({
      program: "conntrack",
      times: Infinity,
      effect: { kind: "refuse", isRefused: (line) => line.includes(" 33") },
    });
    const keeper = new FlowsKeeper({
      conntrack: createHost(host, "legacy").conntrack,
      state,
      status: new Status(clock, { warned: (text) => warnings.push(text) }),
      timing: { retryMs: 1_000, retryMaxMs: 60_000 },
      monotonicMs: () => clock.monotonicMs(),
    });
    const flows = Array.from({ length: 100 }, (_, at) => ({
      ...FLOW,
      port: at + 1,
    }));
    await state.addFlows(flows);
    await keeper.flush();
    assertEquals([...state.flows.keys()], ["udp 10.96.0.10 33"]);
    assert(host.calls.length <= 16, `${host.calls.length}`);
    assertEquals(warnings.length, 1);
    assertStringIncludes(warnings[0] ?? "", "(udp 10.96.0.10 33): Cannot run");
    for (let i = 0; i < 8; i++) await clock.advance(60_000);
    await state.addFlows([{ ...FLOW, port: 53 }]);
    host.resetCounts();
    await keeper.flush();
    assertEquals(host.calls.length, 2, "what is new, and its next try");
    assertEquals(state.flows.size, 1);
    host.faults.clear();
    await clock.advance(60_000);
    await keeper.flush();
    assertEquals([state.flows.size, keeper.nextMs], [0, Infinity]);
  },
});

Deno.test({
  name:
    "udp-blackhole: what a killed agent left to delete is deleted by the next",
  permissions,
  fn: async () => {
    const directory = new FakeRunDirectory();
    const first = await newKeeper(directory, 0);
    await first.state.addFlows([FLOW]);
    const second = await newKeeper(directory, 0);
    assertEquals(second.keeper.nextMs, 0);
    await second.keeper.flush();
    assertEquals(second.deleted, [[FLOW]]);
    const third = await newKeeper(directory, 0);
    assertEquals(third.keeper.nextMs, Infinity);
  },
});

Deno.test({
  name: "StateFile forgets the oldest of too many connections to delete",
  permissions,
  fn: async () => {
    const directory = new FakeRunDirectory();
    let writes = 0;
    for (const name of ["append", "replace"] as const) {
      const write = directory[name].bind(directory);
      directory[name] = (file, text) => {
        writes++;
        return write(file, text);
      };
    }
    const { state } = await newKeeper(directory, 0);
    const flows = Array.from({ length: 10_100 }, (_, at): StaleFlow => ({
      ...FLOW,
      address: `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}` as IpAddress,
    }));
    writes = 0;
    await state.addFlows(flows);
    assertEquals(writes, 1, "one write for all of them");
    assertEquals(state.flows.size, 10_000);
    assertEquals(state.flows.get("udp 10.0.0.99 53"), undefined);
    assert(state.flows.has("udp 10.0.0.100 53"));
    const again = await StateFile.open(directory, () => {});
    assertEquals([...again.flows.keys()], [...state.flows.keys()]);
  },
});
