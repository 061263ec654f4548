import { assertEquals, assertThrows } from "@std/assert";
import table from "./matrix.txt" with { type: "text" };
import { addressIn, outcomeOf } from "./drivers/matrix/judge.ts";
import { KINDS, parseMatrix } from "./drivers/matrix/table.ts";

const PURE = { permissions: "none" } as const;

Deno.test("the matrix has every Service, kind and client once", PURE, () => {
  const rows = parseMatrix(table);
  const services = new Set(rows.map(({ service }) => service));
  const clients = new Set(rows.map(({ client }) => client));
  const missing: string[] = [];
  for (const service of services) {
    for (const kind of KINDS) {
      for (const client of clients) {
        const has = rows.some((row) =>
          row.service === service && row.kind === kind && row.client === client
        );
        if (!has) missing.push(`${service} ${kind} ${client}`);
      }
    }
  }
  assertEquals(missing, []);
  assertEquals(rows.length, services.size * KINDS.length * clients.size);
});

Deno.test("parseMatrix() reads alternatives and refuses doubles", PURE, () => {
  const [row] = parseMatrix("# x\n\na cluster-ip pod-1 b as c or refused\n");
  assertEquals(row?.expected, ["b as c", "refused"]);
  const line = "a cluster-ip pod-1 refused\n";
  assertThrows(() => parseMatrix(line + line), Error, "twice");
  assertThrows(() => parseMatrix("a cluster-ip pod-1 maybe"), Error, "line 1");
  assertThrows(() => parseMatrix("a host-port pod-1 refused"), Error, "kind");
});

Deno.test(
  "outcomeOf() names the source's role and tells late refusals",
  PURE,
  () => {
    const roles = new Map([["fd00::1", "pod-1"]]);
    const dial = { answeredBy: "db", sourceSeen: "[fd00::1]:99", ms: 1 };
    assertEquals(outcomeOf(dial, roles, 1), "db as pod-1");
    assertEquals(outcomeOf({ failure: "refused", ms: 2 }, roles, 1), "refused");
    assertEquals(
      outcomeOf({ failure: "refused", ms: 1000 }, roles, 1),
      "refused after 1000 ms",
    );
    assertEquals(
      outcomeOf({ failure: "timed-out", ms: 9 }, roles, 1),
      "dropped",
    );
    assertEquals(addressIn("10.0.0.1:80"), "10.0.0.1");
  },
);
