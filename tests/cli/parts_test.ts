import { assert, assertEquals } from "@std/assert";
import { createHost } from "../../mod/apply/host.ts";
import { compose } from "../../mod/cli/compose.ts";
import { ESTIMATION_NICE, RUN_ESTIMATION } from "../../mod/cli/estimation.ts";
import { LiveSettings } from "../../mod/cli/live_settings.ts";
import { openParts } from "../../mod/cli/parts.ts";
import type { ServiceName } from "../../mod/model/types.ts";
import { FakeNode, settingsOf } from "./support.ts";

const NOTHING = { permissions: "none" } as const;

async function partsOf(...args: string[]) {
  return await partsOn(new FakeNode(), 2, ...args);
}

async function partsOn(node: FakeNode, cpus: number, ...args: string[]) {
  const settings = settingsOf("--metrics-bind-address=", ...args);
  const live = new LiveSettings(settings);
  const options = {
    ...{ settings, live },
    nodeName: "node-1",
    ready: {
      host: createHost(node, "legacy"),
      inspection: { findings: [], hasNft: false },
      backEnd: { backEnd: "legacy", reason: "a test", strayChains: [] },
      families: new Set(["ipv4"]),
      cpus,
      writeKernelSettings: () => Promise.resolve(undefined),
    },
    runner: node,
    transport: { send: () => Promise.reject(new Error("nowhere")) },
  } as const;
  const composed = compose(options as never, {});
  return { live, ...await openParts(options as never, composed) };
}

Deno.test(
  "openParts() opens what is asked for, and touches nothing",
  NOTHING,
  async () => {
    const { parts, metrics } = await partsOf();
    assertEquals(metrics, undefined);
    const more = await partsOf("--localhost-node-ports");
    assertEquals(more.parts.length, parts.length + 1);
    for (const part of more.parts) part.close?.();
  },
);

Deno.test(
  "est-timer-jitter: openParts() has the estimation of rates looked after",
  NOTHING,
  async () => {
    const node = new FakeNode();
    node.host.sysctl.values.set(RUN_ESTIMATION, "1");
    node.host.sysctl.values.delete(ESTIMATION_NICE);
    // So many CPUs that one virtual server is a large table.
    const { parts } = await partsOn(node, 500_000);
    const virtualServers = [{ realServers: new Map() }];
    const plan = { frontends: [{ key: "10.96.0.1,tcp:80", virtualServers }] };
    for (const { observer } of parts) {
      observer?.planned?.("a/web" as ServiceName, plan as never);
    }
    for (const { observer } of parts) {
      observer?.passed?.({
        ...{ reason: "change", services: [], durationMs: 1 },
        ...{ lines: { ipvs: 1, other: 0 }, failures: new Map() },
      });
    }
    await new Promise((resolve) => setTimeout(resolve));
    assertEquals(node.host.sysctl.values.get(RUN_ESTIMATION), "0");
    for (const part of parts) part.close?.();
  },
);

const NOT_WHOLE = false;
const WHOLE = true;

Deno.test(
  "openParts() has a start count as gone through when the agent is ready",
  NOTHING,
  async () => {
    const { live, parts } = await partsOf();
    for (const { observer } of parts) observer?.started?.();
    assert(!live.isProven);
    const ready = (isWhole: boolean) => {
      const state = { isWhole, failing: 0 };
      for (const { observer } of parts) observer?.ready?.(state);
    };
    ready(NOT_WHOLE);
    assert(!live.isProven, "sets, rules or device could not be made");
    ready(WHOLE);
    assert(live.isProven);
    for (const part of parts) part.close?.();
  },
);

Deno.test(
  "openParts() has the guard of kernel settings waited for at the end",
  NOTHING,
  async () => {
    const { parts } = await partsOf();
    const running = parts.filter(({ run }) => run !== undefined);
    assertEquals(running.length, 4, "control, Events, servers, and the guard");
    for (const part of parts) part.close?.();
  },
);
