import { assertEquals } from "@std/assert";
import {
  DryRunner,
  isReadOnly,
  readOnlyDirectory,
} from "../../mod/cli/dry_run.ts";
import { FakeNode } from "./support.ts";

const NOTHING = { permissions: "none" } as const;

const READS = [
  "ipvsadm -Ln",
  "ipvsadm --list --numeric --exact",
  "ipvsadm -Ln -t 10.0.0.1:80",
  "ipvsadm --save --numeric",
  "ipset save",
  "ipset list -name",
  "iptables-legacy-save",
  "ip6tables-nft-save",
  "ip -o address show",
  "ip -json addr",
  "nft --version",
  "ip -j link show",
  "sysctl -e net.ipv4.ip_forward",
  "lsmod",
  "modprobe --dry-run --all dummy",
  "conntrack --version",
];
const WRITES = [
  "ipvsadm -R",
  "ipvsadm --restore",
  "ipvsadm --set 1 2 3",
  "ipvsadm -C",
  "ipset restore",
  "ipset destroy X",
  "iptables-legacy-restore --noflush",
  "ip -batch -",
  "ip link add kube-ipvs0 type dummy",
  "sysctl -p -",
  "sysctl -w net.ipv4.ip_forward=1",
  "sysctl net.ipv4.ip_forward=1",
  "modprobe -a dummy",
  "conntrack -R -",
  "rm -rf x",
];

Deno.test(
  "isReadOnly() knows what reads, and takes the rest for writing",
  NOTHING,
  () => {
    function argvOf(text: string): [string, ...string[]] {
      const [program = "", ...parameters] = text.split(" ");
      return [program, ...parameters];
    }
    assertEquals(READS.filter((text) => !isReadOnly(argvOf(text))), []);
    assertEquals(WRITES.filter((text) => isReadOnly(argvOf(text))), []);
  },
);

Deno.test("DryRunner prints a change and runs none", NOTHING, async () => {
  const node = new FakeNode();
  const printed: string[] = [];
  const runner = new DryRunner(node, (line) => printed.push(line));
  const stdin = "net.ipv4.ip_forward = 1\n";
  await runner.run(["sysctl", "-p", "-"], { stdin });
  assertEquals(printed, [], "silent until told");
  runner.isPrinting = true;
  const result = await runner.run(["sysctl", "-p", "-"], { stdin });
  assertEquals(result, { code: 0, stdout: stdin, stderr: "" });
  assertEquals(printed, ["# sysctl -p -", "net.ipv4.ip_forward = 1"]);
  assertEquals(node.commands, []);
  await runner.run(["lsmod"]);
  assertEquals(node.commands, ["lsmod"]);
});

Deno.test("readOnlyDirectory() reads and writes nothing", NOTHING, async () => {
  const calls: string[] = [];
  function refuse(name: string): Promise<never> {
    calls.push(name);
    return Promise.reject(new Error("Cannot write: it was to be left alone"));
  }
  const directory = readOnlyDirectory({
    read: (name) => Promise.resolve(`text of ${name}`),
    append: refuse,
    replace: refuse,
    lock: refuse,
  });
  assertEquals(await directory.read("a"), "text of a");
  await directory.append("a", "b");
  await directory.replace("a", "b");
  await (await directory.lock("a"))?.release();
  assertEquals(calls, []);
});
