import { assert, assertEquals, assertNotEquals } from "@std/assert";
import {
  eventName,
  eventNamespace,
  type EventReport,
  formatEvent,
  formatSeries,
  reportKey,
} from "../../mod/watch/event_object.ts";

const PURE = { permissions: "none" } as const;
const NODE: EventReport = {
  type: "Normal",
  reason: "Starting",
  action: "StartKubeProxy",
  note: "",
  regarding: { kind: "Node", name: "node-1" },
};

Deno.test("eventNamespace() puts Events about Nodes into default", PURE, () => {
  assertEquals(eventNamespace(NODE), "default");
});

Deno.test("reportKey() is the same for the same thing only", PURE, () => {
  assertEquals(reportKey(NODE), reportKey({ ...NODE }));
  assertNotEquals(reportKey(NODE), reportKey({ ...NODE, note: "again" }));
});

Deno.test(
  "formatEvent() cuts a note at 1024 bytes, never within a character",
  PURE,
  () => {
    const report = { ...NODE, note: "é".repeat(600) };
    const reporter = { controller: "kube-proxy", instance: "node-1" };
    const text = formatEvent(report, reporter, { name: "x", unixMs: 0 });
    assertEquals(JSON.parse(text).note, "é".repeat(512));
  },
);

Deno.test(
  "eventName() differs within one millisecond and fits the API's limit",
  PURE,
  () => {
    const regarding = { kind: "Service", name: "s".repeat(253) };
    const report = { ...NODE, regarding };
    const first = eventName(report, { unixMs: 1, serial: 0 });
    const second = eventName(report, { unixMs: 1, serial: 1 });
    assertNotEquals(first, second);
    assert(first.length <= 253);
  },
);

Deno.test("formatSeries() writes time in microseconds", PURE, () => {
  assertEquals(
    formatSeries(2, 1500),
    '{"series":{"count":2,"lastObservedTime":"1970-01-01T00:00:01.500000Z"}}',
  );
});
