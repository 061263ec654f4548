import { assert, assertEquals } from "@std/assert";
import {
  decodeEndpointSlice,
  type EndpointSlice,
  type ServiceName,
} from "#model";
import { SliceTable } from "../../mod/model/slice_table.ts";
import { slice } from "./objects.ts";

const none = { permissions: "none" } as const;
const WEB = "default/web" as ServiceName;

function decode(
  name: string,
  { of = "web", trigger = "" }: { of?: string; trigger?: string } = {},
): EndpointSlice {
  const decoded = decodeEndpointSlice(slice({
    metadata: {
      namespace: "default",
      name,
      labels: { "kubernetes.io/service-name": of },
      annotations: {
        "endpoints.kubernetes.io/last-change-trigger-time": trigger,
      },
    },
  }));
  assert(decoded.kind === "object");
  return decoded.value;
}

Deno.test("SliceTable gives the slices of a Service by name", none, () => {
  const table = new SliceTable();
  table.put(decode("web-b"));
  table.put(decode("web-a"));
  table.put(decode("db-a", { of: "db" }));
  assertEquals(table.of(WEB).map(({ name }): string => name), [
    "default/web-a",
    "default/web-b",
  ]);
  assertEquals(table.endpointCount, 3);
  table.delete("default/web-a");
  table.delete("default/web-b");
  assertEquals(table.of(WEB), []);
  assertEquals(table.endpointCount, 1);
});

Deno.test("SliceTable names both Services when a slice moves", none, () => {
  const table = new SliceTable();
  table.put(decode("web-a"));
  assertEquals([...table.put(decode("web-a", { of: "db" }))] as string[], [
    "default/web",
    "default/db",
  ]);
  assertEquals(table.of(WEB), []);
});

Deno.test(
  "SliceTable keeps a newer trigger time and calls it no change",
  none,
  () => {
    const table = new SliceTable();
    table.put(decode("web-a"));
    const trigger = "1970-01-01T00:00:01Z";
    assertEquals(table.put(decode("web-a", { trigger })), []);
    assertEquals(table.of(WEB)[0]?.triggerMs, 1000);
  },
);
