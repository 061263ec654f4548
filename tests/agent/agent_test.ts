import { assert, assertEquals } from "@std/assert";
import { TestNode } from "./harness.ts";

Deno.test("agent programs a Service and stops without a trace of change", async () => {
  const node = new TestNode();
  node.start();
  node.put("web");
  node.endpoints("web", ["10.244.1.1", "10.244.2.1"]);
  node.sync();
  await node.advance(0);
  assertEquals(node.warnings, []);
  assertEquals(
    node.ipvs(),
    "-A -t 10.96.0.1:80 -s rr\n" +
      "-a -t 10.96.0.1:80 -r 10.244.1.1:8080 -m -w 1\n" +
      "-a -t 10.96.0.1:80 -r 10.244.2.1:8080 -m -w 1\n",
  );
  const dump = node.host.dump();
  await node.stop();
  assertEquals(node.host.dump(), dump);
    dump,
    node.takeCalls().map((x) => x.split("\n")[0]),
    node.directory.files,
  );
});
