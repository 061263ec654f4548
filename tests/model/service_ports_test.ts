import { assertEquals } from "@std/assert";
import { Rejections } from "../../mod/model/rejections.ts";
import {
  readPortName,
  readProtocol,
  readServicePorts,
} from "../../mod/model/service_ports.ts";

const none = { permissions: "none" } as const;

function read(ports: unknown): readonly [unknown, readonly string[]] {
  const rejections = new Rejections("Service a/b");
  const value = readServicePorts({ ports }, rejections);
  return [value, rejections.all().map(({ field }) => field)];
}

Deno.test("readServicePorts() fills in the API's defaults", none, () => {
  assertEquals(read([{ port: 80 }]), [
    [{ name: "", protocol: "tcp", port: 80 }],
    [],
  ]);
  assertEquals(read([{ name: "x", protocol: "SCTP", port: 1, nodePort: 0 }]), [
    [{ name: "x", protocol: "sctp", port: 1 }],
    [],
  ]);
});

Deno.test(
  "readServicePorts() refuses the whole for a wrong number",
  none,
  () => {
    const table: readonly (readonly [unknown, string])[] = [
      [[{ port: 0 }], "spec.ports[0].port"],
      [[{ port: 80 }, { port: 70_000 }], "spec.ports[1].port"],
      [[{ port: 80, nodePort: 1.5 }], "spec.ports[0].nodePort"],
      [[7], "spec.ports[0]"],
      [7, "spec.ports"],
      [[], "spec.ports"],
    ];
    for (const [ports, field] of table) {
      assertEquals(read(ports), [undefined, [field]]);
    }
  },
);

Deno.test("readServicePorts() leaves single ports out", none, () => {
  const [ports, fields] = read([
    { name: "a", port: 80, nodePort: 30000 },
    { name: "a", port: 81 },
    { name: "b", port: 80 },
    { name: "c", port: 80, protocol: "UDP", nodePort: 30000 },
    { name: "d", port: 82, nodePort: 30000 },
    { name: "e", port: 83, protocol: "tcp" },
    { name: "F", port: 84 },
  ]);
  assertEquals((ports as { name: string }[]).map(({ name }) => name), [
    "a",
    "c",
    "d",
  ]);
  assertEquals(fields, [
    "spec.ports[1]",
    "spec.ports[2]",
    "spec.ports[4].nodePort",
    "spec.ports[5].protocol",
    "spec.ports[6].name",
  ]);
});

Deno.test(
  "readProtocol() and readPortName() say what they expect",
  none,
  () => {
    const rejections = new Rejections("Service a/b");
    assertEquals(readProtocol(undefined, "f", rejections), "tcp");
    assertEquals(readPortName("", "f", rejections), "");
    assertEquals(readProtocol("ICMP", "f", rejections), undefined);
    assertEquals(readPortName("a b", "f", rejections), undefined);
    assertEquals(rejections.all().map(({ reason }) => reason), [
      'Cannot balance protocol "ICMP": it must be TCP, UDP or SCTP',
      'Cannot use port name "a b": not a DNS label (RFC 1123)',
    ]);
  },
);
