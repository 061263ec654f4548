import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Touched } from "../../mod/diff/mod.ts";
import { Sample } from "./sample.ts";

const permissions = "none";
const SERVERS = { "10.0.0.1": 1 };

function touchedNames(touched: Touched): string[] {
  return [
    ...touched.virtualServers,
    ...touched.addresses,
    ...touched.elements.keys(),
  ];
}

Deno.test({
  name: "Desired gives exactly what a change touched",
  permissions,
  fn: () => {
    const sample = new Sample();
    assertEquals(touchedNames(sample.put("a/web", [{ servers: SERVERS }])), [
      "-t 10.96.0.1:80",
      "10.96.0.1",
      "KUBE-VS4-ADDRESSES 10.96.0.1",
      "KUBE-VS4-FRONTENDS 10.96.0.1,tcp:80",
    ]);
    assertEquals(
      touchedNames(sample.put("a/web", [{ servers: SERVERS }])),
      [],
    );
    assertEquals(
      touchedNames(sample.put("a/web", [{ servers: { "10.0.0.2": 1 } }])),
      ["-t 10.96.0.1:80"],
    );
    const more = sample.put("a/web", [
      { servers: { "10.0.0.2": 1 } },
      { port: 81, servers: SERVERS },
    ]);
    assertEquals(touchedNames(more), [
      "-t 10.96.0.1:81",
      "KUBE-VS4-FRONTENDS 10.96.0.1,tcp:81",
    ]);
  },
});

Deno.test({
  name: "Desired keeps an address while any frontend needs it",
  permissions,
  fn: () => {
    const sample = new Sample();
    sample.put("a/one", [{ servers: SERVERS }]);
    sample.put("a/two", [{ port: 81, servers: SERVERS }]);
    assertEquals(sample.remove("a/one").addresses.size, 0);
    assert(sample.desired.hasAddress("10.96.0.1" as never));
    assertEquals(sample.remove("a/two").addresses.size, 1);
    assert(!sample.desired.hasAddress("10.96.0.1" as never));
  },
});

const TABLE = [
  { name: "the older wins", a: 1, b: 2, winner: "n/a" },
  { name: "the younger waits", a: 2, b: 1, winner: "n/b" },
  { name: "the name decides between equals", a: 1, b: 1, winner: "n/a" },
];

for (const { name, a, b, winner } of TABLE) {
  Deno.test({
    name: `Desired resolves claims whatever the order of events: ${name}`,
    permissions,
    fn: () => {
      for (const order of [["n/a", "n/b"], ["n/b", "n/a"]]) {
        const sample = new Sample();
        for (const service of order) {
          const createdMs = service === "n/a" ? a : b;
          sample.put(service, [{ servers: SERVERS }], createdMs);
        }
        const [conflict] = sample.desired.conflicts();
        assertEquals(conflict?.winner as string, winner);
        sample.remove(winner);
        assertEquals(sample.desired.conflicts(), []);
        const [server] = sample.desired.virtualServers.values();
        assert(server !== undefined && server.service !== winner);
      }
    },
  });
}

Deno.test({
  name: "Desired does not depend on the order of events (I6)",
  permissions,
  fn: () => {
    const service = fc.record({
      name: fc.constantFrom("n/a", "n/b", "n/c"),
      createdMs: fc.integer({ min: 0, max: 1 }),
      port: fc.constantFrom(80, 81),
      serverCount: fc.integer({ min: 0, max: 2 }),
    });
    fc.assert(fc.property(fc.array(service, { maxLength: 8 }), (events) => {
      const last = new Map(events.map((event) => [event.name, event]));
      const [live, fresh] = [new Sample(), new Sample()];
      const enter = (sample: Sample, event: typeof events[number]): void => {
        const servers = Object.fromEntries(
          Array.from(
            { length: event.serverCount },
            (_, index) => [`10.${event.name.length}.0.${index}`, 1],
          ),
        );
        sample.put(
          event.name,
          [{ port: event.port, servers }],
          event.createdMs,
        );
      };
      for (const event of events) enter(live, event);
      for (const name of [...last.keys()].sort()) {
        const event = last.get(name);
        if (event !== undefined) enter(fresh, event);
      }
      assertEquals(text(live), text(fresh));
    }));
  },
});

function text({ desired }: Sample): string[] {
  return [
    ...[...desired.virtualServers].map(([key, { service, server }]) =>
      `${key} ${service} ${[...server.realServers.keys()].join()}`
    ),
    ...desired.addresses(),
    ...[...desired.elements()].map(([id]) => id),
  ].sort();
}
