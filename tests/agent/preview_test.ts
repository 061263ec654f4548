import { assertEquals } from "@std/assert";
import { createHost } from "../../mod/apply/mod.ts";
import { DryRunner } from "../../mod/cli/dry_run.ts";
import { TestNode } from "./harness.ts";

const NOTHING = { permissions: "none" } as const;

async function preview(node: TestNode): Promise<string[] | undefined> {
  const lines: string[] = [];
  const runner = new DryRunner(node.host, (line) => lines.push(line));
  runner.isPrinting = true;
  const found = await node.agent.preview(createHost(runner, "legacy"));
  return found && lines;
}

Deno.test(
  "preview() knows nothing before the first plans",
  NOTHING,
  async () => {
    const node = new TestNode();
    node.start();
    await node.advance(0);
    assertEquals(await preview(node), undefined);
    await node.stop();
  },
);

Deno.test(
  "preview() finds nothing after a pass, and changes nothing ever",
  NOTHING,
  async () => {
    const node = new TestNode();
    await node.boot();
    node.put("web");
    node.endpoints("web", ["10.244.1.1"]);
    await node.advance(1_000);
    assertEquals(await preview(node), []);
    const before = node.ipvs();
    node.host.ipvs.edit("-E -t 10.96.0.1:80 -s wlc");
    node.host.ipvs.edit("-A -t 10.96.0.9:80 -s rr");
    const damaged = node.ipvs();
    node.takeCalls();
    assertEquals(await preview(node), [
      "# ipvsadm --restore",
      "-E -t 10.96.0.1:80 -s rr",
    ]);
    assertEquals(node.ipvs(), damaged);
    const changing = node.takeCalls().filter((call) =>
      /restore| add /.test(call)
    );
    assertEquals(changing, []);
    await node.advance(31_000);
    assertEquals(node.ipvs().replace("-A -t 10.96.0.9:80 -s rr\n", ""), before);
    await node.stop();
  },
);

Deno.test(
  "preview() names lost addresses, set elements, rules and the device",
  NOTHING,
  async () => {
    const node = new TestNode();
    await node.boot();
    node.put("web");
    node.endpoints("web", ["10.244.1.1"]);
    await node.advance(1_000);
    node.host.ip.devices.delete("kube-ipvs0");
    const frontends = node.host.ipset.sets.get("KUBE-VS4-FRONTENDS");
    frontends?.elements.clear();
    for (const tables of Object.values(node.host.iptables.tables)) {
      tables.clear();
    }
    const lines = await preview(node) ?? [];
    const has = (pattern: RegExp): boolean =>
      lines.some((line) => pattern.test(line));
    assertEquals(
      [
        /^# ip6tables-legacy-restore /,
        /^-A KUBE-VS-POSTROUTING /,
        /^# ip link add kube-ipvs0 type dummy/,
        /^address replace 10.96.0.1\/32 dev kube-ipvs0$/,
        /^add KUBE-VS4-FRONTENDS 10.96.0.1,tcp:80$/,
      ].filter((pattern) => !has(pattern)),
      [],
      lines.join("\n"),
    );
    await node.stop();
  },
);
