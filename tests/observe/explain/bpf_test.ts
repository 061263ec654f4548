import { assertEquals } from "@std/assert";
import type { IpAddress } from "../../../mod/model/mod.ts";
import { runBpf } from "../../../mod/observe/explain/bpf.ts";
import { GOLDEN } from "../../plan/golden/mod.ts";

const NOTHING = { permissions: "none" } as const;

function codeOf(name: string): string {
  return /--bytecode "([^"]+)"/.exec(GOLDEN[name] ?? "")?.[1] ?? "";
}

const CASES: readonly (readonly [string, string, boolean])[] = [
  ["10.0.0.1", "10.0.0.1", true],
  ["10.0.0.1", "10.0.0.2", false],
  ["200.0.0.1", "200.0.0.1", true],
  ["fd00::1", "fd00::1", true],
  ["fd00::1", "fd00::2", false],
  ["fd00:1::1", "fd00:2::1", false],
];

for (const [source, target, expected] of CASES) {
  Deno.test(`runBpf() compares ${source} and ${target}`, NOTHING, () => {
    const name = source.includes(":")
      ? "ipv6-cluster-cidr"
      : "ipv4-cluster-cidr";
    assertEquals(
      runBpf(codeOf(name), {
        source: source as IpAddress,
        target: target as IpAddress,
      }),
      expected,
    );
  });
}

Deno.test("runBpf() does not guess at what it does not know", NOTHING, () => {
  const addresses = {
    source: "10.0.0.1" as IpAddress,
    target: "10.0.0.1" as IpAddress,
  };
  // A load of the header's first word, an unknown operation, no end.
  for (const code of ["2,32 0 0 0,6 0 0 1", "2,40 0 0 12,6 0 0 1", "0"]) {
    assertEquals(runBpf(code, addresses), undefined);
  }
});
