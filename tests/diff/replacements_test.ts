import { assertEquals } from "@std/assert";
import { type IpvsOperation, Observed } from "../../mod/diff/mod.ts";
import { replacementsLast } from "../../mod/diff/replacements.ts";
import type { RealServerKey, VirtualServerKey } from "../../mod/plan/mod.ts";

const permissions = "none";
const KEY = "-t 10.96.0.1:80" as VirtualServerKey;
const OLD = "10.244.1.1:80" as RealServerKey;
const NEW = "10.244.1.2:80" as RealServerKey;
const OTHER = "10.244.1.3:80" as RealServerKey;

function observedWith(weights: Readonly<Record<string, number>>): Observed {
  const observed = new Observed();
  const realServers = new Map(
    Object.entries(weights).map(([name, weight]) => {
      const key = name as RealServerKey;
      return [key, {
        key,
        forwardingMethod: "masquerading" as const,
        weight,
        activeConnections: 0,
        inactiveConnections: 0,
      }];
    }),
  );
  const server = { key: KEY, scheduler: "rr", flags: [], realServers };
  observed.replaceServers(new Map([[KEY, server]]));
  return observed;
}

const add = (key: RealServerKey): IpvsOperation => ({
  verb: "add-server",
  key: KEY,
  realServer: { key, weight: 1 },
});
const quiesce = (key: RealServerKey): IpvsOperation => ({
  verb: "edit-server",
  key: KEY,
  realServer: { key, weight: 0 },
});
const remove = (key: RealServerKey): IpvsOperation => ({
  verb: "delete-server",
  key: KEY,
  realServerKey: key,
});

const CASES: readonly {
  readonly name: string;
  readonly before: Readonly<Record<string, number>>;
  readonly operations: readonly IpvsOperation[];
  readonly second: readonly IpvsOperation[];
}[] = [
  {
    name: "all that is usable is replaced",
    before: { [OLD]: 1 },
    operations: [add(NEW), quiesce(OLD)],
    second: [quiesce(OLD)],
  },
  {
    name: "all of several are replaced, one of them at once",
    before: { [OLD]: 1, [OTHER]: 1 },
    operations: [add(NEW), quiesce(OLD), remove(OTHER)],
    second: [quiesce(OLD), remove(OTHER)],
  },
  {
    name: "one stays",
    before: { [OLD]: 1, [OTHER]: 1 },
    operations: [add(NEW), quiesce(OLD)],
    second: [],
  },
  {
    name: "what stays is quiescent",
    before: { [OLD]: 1, [OTHER]: 0 },
    operations: [add(NEW), quiesce(OLD)],
    second: [quiesce(OLD)],
  },
  {
    name: "nothing is gained",
    before: { [OLD]: 1 },
    operations: [quiesce(OLD)],
    second: [],
  },
  {
    name: "nothing was usable",
    before: { [OLD]: 0 },
    operations: [add(NEW), remove(OLD)],
    second: [],
  },
];

for (const { name, before, operations, second } of CASES) {
  Deno.test({
    name: `replacementsLast() sends ${
      second.length === 0 ? "one batch" : "losses by themselves"
    } when ${name} (I2)`,
    permissions,
    fn: () => {
      const batches = replacementsLast(operations, observedWith(before));
      assertEquals(batches.second, [...second]);
      assertEquals(
        batches.first,
        operations.slice(0, operations.length - second.length),
      );
    },
  });
}
