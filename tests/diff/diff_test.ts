import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { countChanges, type IpvsOperation } from "../../mod/diff/mod.ts";
import type { VirtualServerKey } from "../../mod/plan/mod.ts";
import { Sample, type SampleFrontend, words } from "./sample.ts";

const permissions = "none";
const KEY = "-t 10.96.0.1:80" as VirtualServerKey;

/** A Service with two endpoints that the kernel has. */
function served(options: Partial<SampleFrontend> = {}): Sample {
  const sample = new Sample();
  sample.put("a/web", [{
    servers: { "10.0.0.1": 1, "10.0.0.2": 1 },
    ...options,
  }]);
  sample.apply(sample.diff());
  return sample;
}

const EDITS: readonly {
  readonly name: string;
  readonly to: SampleFrontend;
  readonly words: readonly string[];
}[] = [
  {
    name: "another scheduler is an edit in place",
    to: { scheduler: "sh", servers: { "10.0.0.1": 1, "10.0.0.2": 1 } },
    words: ["edit-service -t 10.96.0.1:80 sh"],
  },
  {
    name: "persistence is an edit in place",
    to: { persistence: 60, servers: { "10.0.0.1": 1, "10.0.0.2": 1 } },
    words: ["edit-service -t 10.96.0.1:80 rr"],
  },
  {
    name: "another weight is an edit in place",
    to: { servers: { "10.0.0.1": 3, "10.0.0.2": 1 } },
    words: ["edit-server 10.0.0.1:8080 3"],
  },
  {
    name: "one more endpoint is one line",
    to: { servers: { "10.0.0.1": 1, "10.0.0.2": 1, "10.0.0.3": 1 } },
    words: ["add-server 10.0.0.3:8080 1"],
  },
  {
    name: "all endpoints replaced: what comes is there before what goes",
    to: { servers: { "10.0.0.8": 1, "10.0.0.9": 1 } },
    words: [
      "add-server 10.0.0.8:8080 1",
      "add-server 10.0.0.9:8080 1",
      "edit-server 10.0.0.1:8080 0",
      "edit-server 10.0.0.2:8080 0",
    ],
  },
  {
    name: "what rises comes before what sinks",
    to: { servers: { "10.0.0.1": 0, "10.0.0.2": 5 } },
    words: ["edit-server 10.0.0.2:8080 5", "edit-server 10.0.0.1:8080 0"],
  },
  {
    name: "the last endpoint gone: its connections end first",
    to: { servers: {} },
    words: ["edit-server 10.0.0.1:8080 0", "edit-server 10.0.0.2:8080 0"],
  },
];

for (const { name, to, words: expected } of EDITS) {
  Deno.test({
    name: `diff() ${name}`,
    permissions,
    fn: () => {
      const sample = served();
      const touched = sample.put("a/web", [to]);
      assertEquals(words(sample.diff(touched)), expected);
      assertEquals(words(sample.diff("all")), expected);
    },
  });
}

Deno.test({
  name: "diff() finds nothing after its changes were made (I1)",
  permissions,
  fn: () => {
    const sample = served();
    assertEquals(countChanges(sample.diff("all").changes), 0);
    for (const { to } of EDITS) {
      sample.apply(sample.diff(sample.put("a/web", [to])));
      assertEquals(countChanges(sample.diff("all").changes), 0);
    }
  },
});

Deno.test({
  name: "diff() takes local forwarding for masquerading",
  permissions,
  fn: () => {
    const sample = served();
    const forward = (method: "local" | "gatewaying"): void => {
      const seen = sample.observed.virtualServer(KEY);
      if (seen === undefined) throw new Error("it is not there");
      const realServers = new Map(
        [...seen.realServers].map(([key, real]) =>
          [key, { ...real, forwardingMethod: method }] as const
        ),
      );
      sample.observed.replaceServer(KEY, { ...seen, realServers });
    };
    forward("local");
    assertEquals(words(sample.diff()), []);
    forward("gatewaying");
    assertEquals(words(sample.diff()).length, 2);
  },
});

Deno.test({
  name: "diff() deletes a Service at once and its address later",
  permissions,
  fn: () => {
    const sample = served();
    const first = sample.diff(sample.remove("a/web"));
    assertEquals(words(first), ["delete-service -t 10.96.0.1:80"]);
    assertEquals(first.changes.addressDeletes, []);
    assertEquals(first.changes.setDeletes.map(({ set }) => set), ["frontends"]);
    assertEquals([...first.departures.values()], [5_000]);
    sample.apply(first);
    sample.nowMs = 5_000;
    const second = sample.diff();
    assertEquals(second.changes.addressDeletes.join(), "10.96.0.1");
    assertEquals(second.changes.setDeletes.map(({ set }) => set), [
      "addresses",
    ]);
    sample.apply(second);
    assertEquals(sample.ownership.size, 0);
  },
});

Deno.test({
  name: "diff() takes nothing while deletions are withheld (I3)",
  permissions,
  fn: () => {
    const sample = served();
    sample.put("a/web", [{ servers: { "10.0.0.1": 1 } }]);
    const options = { deletions: "withhold" } as const;
    assertEquals(countChanges(sample.diff("all", options).changes), 0);
    sample.remove("a/web");
    const result = sample.diff("all", options);
    assertEquals(countChanges(result.changes), 0);
    assertEquals(result.departures.size, 0);
  },
});

Deno.test({
  name: "diff() lets UDP go at once",
  permissions,
  fn: () => {
    const sample = served({ protocol: "udp" });
    sample.put("a/web", [{ protocol: "udp", servers: { "10.0.0.1": 1 } }]);
    assertEquals(words(sample.diff()), ["delete-server 10.0.0.2:8080"]);
    sample.put("a/web", [{ protocol: "udp", servers: {} }]);
    assertEquals(words(sample.diff()), ["delete-service -u 10.96.0.1:80"]);
  },
});

Deno.test({
  name: "diff() leaves what is not recorded as ours alone (I5)",
  permissions,
  fn: () => {
    const sample = served();
    sample.ownership.remove(sample.ownership.things());
    sample.put("a/web", [{ scheduler: "sh", servers: { "10.0.0.1": 1 } }]);
    const result = sample.diff();
    assertEquals(countChanges(result.changes), 0);
    assertEquals(
      result.foreign.map(({ name, inTheWay }) => `${name} ${inTheWay}`),
      ["-t 10.96.0.1:80 true"],
    );
  },
});

Deno.test({
  name: "diff() raises those without a usable server before those that shrink",
  permissions,
  fn: () => {
    const sample = served();
    sample.put("a/web", [{ servers: { "10.0.0.1": 1 } }]);
    sample.put("b/new", [{ address: "10.96.0.2", servers: { "10.0.0.7": 1 } }]);
    assertEquals(words(sample.diff()), [
      "add-service -t 10.96.0.2:80 rr",
      "add-server 10.0.0.7:8080 1",
      "edit-server 10.0.0.2:8080 0",
    ]);
  },
});

const servers = fc.dictionary(
  fc.integer({ min: 1, max: 6 }).map((last) => `10.0.0.${last}`),
  fc.integer({ min: 0, max: 2 }),
);

Deno.test({
  name: "diff() keeps a usable real server at every step (I2)",
  permissions,
  fn: () => {
    const protocol = fc.constantFrom("tcp" as const, "udp" as const);
    fc.assert(
      fc.property(servers, servers, protocol, (before, after, protocol) => {
        if (![before, after].every(isUsable)) return;
        const sample = new Sample();
        sample.put("a/web", [{ protocol, servers: before }]);
        sample.apply(sample.diff());
        const result = sample.diff(
          sample.put("a/web", [{ protocol, servers: after }]),
        );
        for (const operation of result.changes.ipvs) {
          assertUsableAfter(sample, operation);
        }
      }),
    );
  },
});

function isUsable(servers: Readonly<Record<string, number>>): boolean {
  return Object.values(servers).some((weight) => weight > 0);
}

function assertUsableAfter(sample: Sample, operation: IpvsOperation): void {
  sample.observed.confirmIpvs([operation]);
  const [server] = sample.observed.virtualServers.values();
  const weights = [...server?.realServers.values() ?? []]
    .map((real) => real.weight);
  assert(weights.some((weight) => weight > 0), JSON.stringify(operation));
}
