import { assert, assertEquals } from "@std/assert";
import type { SliceEndpoint } from "#model";
import {
  type DrainTarget,
  isQuiesced,
  parseDrainTarget,
  type RealServerKey,
} from "#plan";

const NOTHING = { permissions: "none" } as const;

const TARGETS:
  readonly (readonly [text: string, target: string | undefined])[] = [
    ["10.244.1.7", "10.244.1.7"],
    ["10.244.1.7:80", "10.244.1.7:80"],
    ["fd00:0::7", "fd00::7"],
    ["[fd00:0:0::7]:80", "[fd00::7]:80"],
    ["node/worker-3", "node/worker-3"],
    ["node/worker-3.example.com", "node/worker-3.example.com"],
    ["", undefined],
    ["node/", undefined],
    ["node/UPPER", undefined],
    ["node/a b", undefined],
    [`node/${"a".repeat(254)}`, undefined],
    ["10.244.1.7:0", undefined],
    ["10.244.1.7:70000", undefined],
    ["10.244.1:80", undefined],
    ["[10.244.1.7]:80", undefined],
    ["fd00::7:80000", undefined],
    ["web", undefined],
    ["10.244.1.7:80 -w 1", undefined],
    ["10.244.1.7\n", undefined],
  ];

for (const [text, target] of TARGETS) {
  Deno.test(
    `parseDrainTarget(${JSON.stringify(text.slice(0, 40))}) is ${target}`,
    NOTHING,
    () => assertEquals(parseDrainTarget(text), target as DrainTarget),
  );
}

Deno.test("isQuiesced() knows address, port and node", NOTHING, () => {
  const endpoint = {
    key: "10.1.1.1:80" as RealServerKey,
    state: { address: "10.1.1.1", nodeName: "n1" } as SliceEndpoint,
  };
  const drained = (text: string): boolean =>
    isQuiesced(endpoint, new Set([text as DrainTarget]));
  assertEquals(
    ["10.1.1.1", "10.1.1.1:80", "node/n1"].map(drained),
    [true, true, true],
  );
  assertEquals(
    ["10.1.1.2", "10.1.1.1:81", "node/n2", "n1"].map(drained),
    [false, false, false, false],
  );
  const nowhere = {
    ...endpoint,
    state: { address: "10.1.1.1" } as SliceEndpoint,
  };
  const node = new Set(["node/undefined" as DrainTarget]);
  assert(!isQuiesced(nowhere, node));
});
