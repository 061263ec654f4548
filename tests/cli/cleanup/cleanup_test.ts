import { assert, assertEquals } from "@std/assert";
import { isClean } from "../../../mod/cli/cleanup/report.ts";
import { TestNode } from "../../agent/harness.ts";
import { lacks } from "../../support/permission.ts";
import type { FakeHost } from "../../support/fake_host.ts";
import { loadKubeProxy, loadOthers } from "./kube_proxy_host.ts";
import {
  BOTH,
  clean,
  OURS,
  serve,
  servedNode,
  stateOf,
} from "./served_node.ts";

/** The recording is read from files. */
const withoutRead = lacks("cleanup: the recording", {
  name: "read",
  path: "./",
});

Deno.test(
  "cleanup-leftovers: after the agent's, a node is what it was before, and a second time does nothing",
  { ignore: withoutRead },
  async () => {
    const node = new TestNode();
    loadOthers(node.host);
    const before = stateOf(node.host);
    node.routes = [{ cidr: "10.96.0.0/16" as never }];
    await serve(node);
    assert(node.host.dump().includes("KUBE-VS4-FRONTENDS"), "it was used");
    assert(stateOf(node.host) !== before);

    const report = await clean(node);
    assertEquals(stateOf(node.host), before);
    assert(isClean(report), JSON.stringify(report));
    assert(report.removed.includes("device kube-ipvs0"));
    assert(report.removed.includes("local route 10.96.0.0/16"));
    assertEquals(
      report.left.map(({ thing }) => thing),
      ["virtual server -t 203.0.113.9:80", "virtual server -f 7"],
    );
    assertEquals([...node.directory.files], [], "the record went as well");

    const again = await clean(node);
    assertEquals(again.removed, []);
    assert(isClean(again));
    assertEquals(stateOf(node.host), before);
  },
);

Deno.test(
  "cleanup-leftovers: with --kube-proxy what its ipvs mode left goes, foreign things stay",
  { ignore: withoutRead },
  async () => {
    const node = new TestNode();
    loadOthers(node.host);
    const before = stateOf(node.host);
    loadKubeProxy(node.host);
    const untouched = stateOf(node.host);

    const mild = await clean(node);
    assertEquals(stateOf(node.host), untouched, "it must be asked for");
    assertEquals(mild.removed, []);

    const report = await clean(node, BOTH);
    assertEquals(stateOf(node.host), before);
    assert(isClean(report), JSON.stringify(report.left));
    const kinds = report.removed.map((thing) => thing.split(" ")[0]);
    const count = (kind: string) => kinds.filter((one) => one === kind).length;
    assertEquals(
      ["chain", "jump", "set", "virtual", "address"].map(count),
      [11, 9, 21, 41, 41],
    );
    assert(
      !/ -C|--clear| flush| -F/.test(commands(node.host)),
      "nothing is flushed",
    );
    assertEquals((await clean(node, BOTH)).removed, []);
  },
);

function commands(host: FakeHost): string {
  return host.calls.map(({ argv }) => argv.join(" ")).join("\n");
}

Deno.test(
  "cleanup-leftovers: ours and kube-proxy's go together",
  { ignore: withoutRead },
  async () => {
    const node = new TestNode();
    loadOthers(node.host);
    const before = stateOf(node.host);
    loadKubeProxy(node.host);
    await serve(node);
    assert(isClean(await clean(node, BOTH)));
    assertEquals(stateOf(node.host), before);
  },
);

Deno.test(
  "cleanUp() leaves what kube-proxy serves again, though it be on record",
  { ignore: withoutRead },
  async () => {
    const node = new TestNode();
    loadKubeProxy(node.host);
    const before = stateOf(node.host);
    await serve(node);
    // As if we had served one of its virtual servers.
    node.directory.files.set(
      "state",
      `${node.directory.files.get("state")}+v -t 10.96.0.1:443\n+a 10.96.0.1\n`,
    );
    const report = await clean(node);
    assertEquals(stateOf(node.host), before);
    const kept = report.left.find(({ thing }) =>
      thing === "virtual server -t 10.96.0.1:443"
    );
    assertEquals(
      kept?.reason,
      "kube-proxy serves it: its rules and sets are in place",
    );
    assert(isClean(report));
  },
);

Deno.test(
  "cleanUp() with dryRun changes nothing and tells what would go",
  async () => {
    const node = await servedNode();
    const before = node.host.dump();
    const files = [...node.directory.files];
    const report = await clean(node, { ...OURS, dryRun: true });
    assertEquals(node.host.dump(), before);
    assertEquals([...node.directory.files], files);
    const real = await clean(node);
    assertEquals(report.removed, real.removed);
  },
);
