import { assertEquals } from "@std/assert";
import { FirstServices } from "../../mod/agent/first_services.ts";
import type { SourceEvent } from "../../mod/agent/sources.ts";
import { TestNode } from "./harness.ts";
import { type TestService, testService } from "./objects.ts";

const permissions = "none";
const USUAL = ["default/kubernetes", "kube-system/kube-dns"];
const DNS = { port: 53, protocol: "udp" } as const;

function put(name: string, options: TestService): SourceEvent {
  const value = testService(name, options);
  const object = { kind: "object", value, rejections: [] } as const;
  return {
    source: "Service",
    event: { kind: "upsert", key: value.name, object },
  };
}

Deno.test({
  name: "FirstServices knows cluster DNS under another name, while it is that",
  permissions,
  fn: () => {
    const first = new FirstServices();
    first.note(put("rke2-coredns", DNS));
    first.note(put("web", {}));
    first.note(put("dns-over-tcp", { port: 53 }));
    assertEquals([...first.names], [...USUAL, "default/rke2-coredns"]);
    first.note(put("rke2-coredns", { port: 54, protocol: "udp" }));
    assertEquals([...first.names], USUAL);
    first.note(put("rke2-coredns", DNS));
    const key = "default/rke2-coredns";
    first.note({ source: "Service", event: { kind: "delete", key } });
    assertEquals([...first.names], USUAL);
  },
});

Deno.test({
  name: "FirstServices is no way for everybody to be first",
  permissions,
  fn: () => {
    const first = new FirstServices();
    for (let i = 0; i < 100; i++) first.note(put(`dns-${i}`, DNS));
    assertEquals(first.names.size, 22);
  },
});

Deno.test("cluster DNS of any name is programmed before what came before it", async () => {
  const node = new TestNode();
  node.start();
  for (let i = 1; i <= 20; i++) {
    node.put(`web-${i}`, { ip: `10.96.1.${i}` });
    node.endpoints(`web-${i}`, [`10.244.1.${i}`]);
  }
  node.put("coredns", { ip: "10.96.0.10", ...DNS });
  node.endpoints("coredns", ["10.244.9.9"], 5353);
  node.sync();
  await node.advance(0);
  const batch = node.host.calls.find(({ argv }) => argv.includes("--restore"));
  assertEquals(batch?.stdin.split("\n")[0], "-A -u 10.96.0.10:53 -s rr");
  await node.stop();
});
