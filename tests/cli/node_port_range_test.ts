import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  nodePortGuard,
  parsePortRange,
  portsBeside,
} from "../../mod/cli/node_port_range.ts";
import type { ServiceName } from "../../mod/model/types.ts";
import { setUpLogs } from "../../mod/observe/log_setup.ts";
import type { ServicePlan } from "../../mod/plan/types.ts";

const NOTHING = { permissions: "none" } as const;

Deno.test(
  "parsePortRange() takes ranges that leave enough ports",
  NOTHING,
  () => {
    assertEquals(parsePortRange("30000-32767"), { from: 30_000, to: 32_767 });
    assertEquals(parsePortRange("1-65535"), undefined);
    assertEquals(parsePortRange("5000-60000"), undefined);
    const wrong = ["", "30000", "32767-30000", "0-10", "30000-65536", "a-b"];
    assertEquals(wrong.flatMap((text) => parsePortRange(text) ?? []), []);
  },
);

Deno.test(
  "host-to-vip-source: portsBeside() never contains a node port",
  NOTHING,
  () => {
    const rows = [
      [{ from: 30_000, to: 32_767 }, { from: 1_024, to: 29_999 }],
      [{ from: 40_000, to: 65_535 }, { from: 1_024, to: 39_999 }],
      [{ from: 80, to: 20_000 }, { from: 20_001, to: 65_535 }],
    ] as const;
    for (const [range, beside] of rows) {
      assertEquals(portsBeside(range), beside);
    }
  },
);

function planOf(port: number): ServicePlan {
  return {
    frontends: [{ kind: "cluster-ip", port: 80 }, { kind: "node-port", port }],
  } as unknown as ServicePlan;
}

Deno.test(
  "nodePortGuard() warns once of node ports outside of the range",
  NOTHING,
  () => {
    const log: string[] = [];
    setUpLogs({
      ...{ format: "text", verbosity: 0 },
      write: (line) => void log.push(line),
    });
    const guard = nodePortGuard({ from: 30_000, to: 32_767 });
    const name = "default/web" as ServiceName;
    guard.planned?.(name, undefined);
    guard.planned?.(name, planOf(30_000));
    assertEquals(log, []);
    guard.planned?.(name, planOf(80));
    guard.planned?.(name, planOf(81));
    assertEquals(log.length, 1);
    assertStringIncludes(log[0] ?? "", "port=80");
  },
);
