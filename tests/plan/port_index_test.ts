import { assertEquals } from "@std/assert";
import { indexPorts } from "#plan";
import { endpoint, slice } from "./objects.ts";

Deno.test(
  "indexPorts() finds what slices give to a port, by name and protocol",
  {
    permissions: "none",
  },
  () => {
    const ports = [
      { name: "a", port: 1 },
      { name: "b", port: 2, protocol: "UDP" },
    ];
    const slices = [
      slice([endpoint("10.0.0.1", "n1")], { ports }),
      slice([endpoint("10.0.0.2", "n1")], { ports: [{ name: "a", port: 3 }] }),
      slice([endpoint("fd00::1", "n1")], { addressType: "IPv6", ports }),
    ];
    const index = indexPorts(slices, "ipv4");
    const numbers = (
      name: string,
      protocol: "tcp" | "udp",
    ): readonly number[] =>
      index.of({ name, protocol }).map(({ port }) => port);
    assertEquals(numbers("a", "tcp"), [1, 3]);
    assertEquals(numbers("b", "udp"), [2]);
    assertEquals(numbers("b", "tcp"), []);
    assertEquals(numbers("", "tcp"), []);
  },
);
