import { assertEquals } from "@std/assert";
import { refuseUnserved } from "../../../mod/cli/migrate/unserved.ts";
import { Ownership } from "../../../mod/diff/mod.ts";
import type { VirtualServerKey } from "../../../mod/plan/mod.ts";

const PLAIN = "-t 10.96.0.1:443" as VirtualServerKey;
const BY_MARK = "-f 16777217" as VirtualServerKey;

/** A node on whose record these are, with so many real servers each. */
function nodeWith(counts: Readonly<Record<string, number>>) {
  const ownership = new Ownership();
  const keys = Object.keys(counts) as VirtualServerKey[];
  ownership.add({ virtualServers: keys, addresses: [] });
  const servers = new Map(keys.map((key) => [
    key,
    {
      realServers: new Map(
        Array.from({ length: counts[key] ?? 0 }, (_, at) => [at, {}]),
      ),
    },
  ]));
  return { ownership, seen: { servers: servers as never } };
}

for (
  const [what, counts, served, problem] of [
    ["what has real servers and is not served", { [PLAIN]: 2 }, [], PLAIN],
    ["not what kube-proxy serves", { [PLAIN]: 2 }, [PLAIN], undefined],
    ["not what has no real server", { [PLAIN]: 0 }, [], undefined],
    ["not one by mark", { [BY_MARK]: 2 }, [], undefined],
    ["nothing of an empty record", {}, [], undefined],
  ] as const
) {
  Deno.test(
    `refuseUnserved() waits for ${what}`,
    { permissions: "none" },
    () => {
      const refusal = refuseUnserved(
        nodeWith(counts),
        (key) => (served as readonly string[]).includes(key),
      );
      assertEquals(
        refusal?.problems,
        problem === undefined ? undefined : [
          `kube-proxy does not serve 1 virtual servers of the agent's yet (${problem})`,
        ],
      );
    },
  );
}
