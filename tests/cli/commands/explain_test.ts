import { assert, assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../../mod/cli/exit_code.ts";
import { runCommand } from "../../../mod/cli/commands.ts";
import { parseExplain } from "../../../mod/cli/commands/explain.ts";
import type { IpAddress } from "../../../mod/model/mod.ts";
import type { Surroundings } from "../../../mod/cli/command.ts";
import { explain, type ExplainRequest } from "../../../mod/cli/explain.ts";
import type { CommandRunner } from "../../../mod/apply/mod.ts";
import { TestNode } from "../../agent/harness.ts";

const NOTHING = { permissions: "none" } as const;

const READ: readonly (readonly [words: string[], request: object])[] = [
  [["10.244.1.7", "10.96.0.10:53/udp"], {
    client: "10.244.1.7",
    address: "10.96.0.10",
    port: 53,
    protocol: "udp",
  }],
  [["node", "[FD00::0001]:80"], {
    client: "node",
    address: "fd00::1",
    port: 80,
    protocol: "tcp",
  }],
  [["[fd00::2]", "[fd00::1]:80"], {
    client: "fd00::2",
    address: "fd00::1",
    port: 80,
    protocol: "tcp",
  }],
  [["outside", "192.0.2.1:9/sctp"], {
    client: "outside",
    address: "192.0.2.1",
    port: 9,
    protocol: "sctp",
  }],
];

for (const [words, request] of READ) {
  Deno.test(`parseExplain() reads "${words.join(" ")}"`, NOTHING, () => {
    assertEquals(parseExplain(words, undefined), request as ExplainRequest);
  });
}

const WRONG: readonly (readonly string[])[] = [
  [],
  ["10.0.0.1"],
  ["10.0.0.1", "10.0.0.2:80", "more"],
  ["10.0.0.1", "10.0.0.2"],
  ["10.0.0.1", "10.0.0.2:0"],
  ["10.0.0.1", "10.0.0.2:70000"],
  ["10.0.0.1", "10.0.0.2:80/icmp"],
  ["10.0.0.1", "10.0.0.2:80;reboot"],
  ["pod-1", "10.0.0.2:80"],
  ["10.0.0.1", "[fd00::1]:80"],
];

for (const words of WRONG) {
  Deno.test(`parseExplain() refuses "${words.join(" ")}"`, NOTHING, () => {
    assertThrows(
      () => parseExplain(words, undefined),
      UsageError,
      "Cannot explain",
    );
  });
}

/** A node whose agent serves a Service; the agent is gone by now. */
async function node(): Promise<TestNode> {
  const made = new TestNode();
  made.host.iptables.edit(
    "iptables-legacy",
    "*mangle\n:KUBE-KUBELET-CANARY - [0:0]\nCOMMIT\n",
  );
  made.host.ip.routesTo = "cni0";
  made.host.missing.add("nft");
  made.start();
  made.put("web", { ip: "10.96.0.5" });
  made.put("empty", { ip: "10.96.0.6" });
  made.endpoints("web", ["10.244.1.1", "10.244.2.1"]);
  made.sync();
  await made.advance(0);
  await made.stop();
  made.host.resetCounts();
  return made;
}

async function call(on: TestNode, ...args: readonly string[]) {
  const out: string[] = [];
  const code = await runCommand(["explain", ...args], {
    print: (line: string) => out.push(line),
    complain: (line: string) => out.push(line),
    explain: (request: ExplainRequest) => explain(request, on.host),
  } as unknown as Surroundings);
  return { code, text: out.join("\n") };
}

Deno.test("kube-proxy explain tells a served connection's story", async () => {
  const on = await node();
  const { code, text } = await call(on, "10.244.1.7", "10.96.0.5:80");
  assertEquals(code, 0);
  assertEquals(
    text,
    `SERVED
  a new tcp connection from 10.244.1.7, coming by cni0 to 10.96.0.5:80
  the virtual server -t 10.96.0.5:80 takes it by address and port

Real servers (scheduler rr):
  10.244.1.1:8080  weight 1  sees 10.244.1.7
  10.244.2.1:8080  weight 1  sees 10.244.1.7

Rules of ours that matched, in order:
  nat PREROUTING: lets it pass
    -A KUBE-VS-SERVICES -m set --match-set KUBE-VS4-FRONTENDS dst,dst -j ACCEPT
    10.96.0.5,tcp:80 in KUBE-VS4-FRONTENDS
  filter INPUT: lets it pass
    -A KUBE-VS-INPUT -m set --match-set KUBE-VS4-FRONTENDS dst,dst -j ACCEPT
    10.96.0.5,tcp:80 in KUBE-VS4-FRONTENDS
  nat POSTROUTING: goes back
    -A KUBE-VS-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN

Read from iptables-legacy, ipset, ipvsadm and ip; a connection that is
open already keeps its real server.
Note: it is taken to come by cni0, where the route to 10.244.1.7 leads; --in-interface names another.`,
  );
  const changing = on.host.calls.filter(({ stdin }) => stdin !== "");
  assertEquals(changing, [], "it only reads");
  assert(on.host.counts.processes <= 13, `${on.host.counts.processes}`);
});

Deno.test("kube-proxy explain tells who is refused, and machines too", async () => {
  const { code, text } = await call(
    await node(),
    ...["node", "10.96.0.6:80", "-o", "json"],
  );
  assertEquals(code, 0);
  const { verdict, reason, packet } = JSON.parse(text);
  assertEquals(verdict, "refused");
  assertEquals(packet.source, "10.96.0.6");
  assert(reason.includes("tcp-reset"), reason);
});

Deno.test("kube-proxy explain writes nothing where there is nothing of ours", async () => {
  const on = new TestNode();
  on.host.ip.routesTo = "cni0";
  on.host.missing.add("nft");
  on.host.resetCounts();
  const { code, text } = await call(on, "10.244.1.7", "10.96.0.5:80");
  assertEquals(code, 0);
  assert(text.startsWith("NOT OF THIS NODE"), text);
  assert(
    text.includes("Note: no rule of kube-proxy run is in iptables-"),
    text,
  );
  assertEquals(on.host.calls.filter(({ stdin }) => stdin !== ""), []);
});

Deno.test("kube-proxy explain answers where the kernel lacks tables", async () => {
  const on = await node();
  const lacks = (program: string, stderr: string): CommandRunner => ({
    run: (argv, options) =>
      argv[0] === program && argv.at(-1) !== "addr"
        ? Promise.resolve({ code: 2, stdout: "", stderr })
        : on.host.run(argv, options),
    lines: on.host.lines.bind(on.host),
  });
  const request: ExplainRequest = {
    client: "node",
    address: "10.96.0.5" as IpAddress,
    port: 80,
    protocol: "tcp",
  };
  const ipvs = "Can't initialize ipvs: Protocol not available\n";
  const without = await explain(request, lacks("ipvsadm", ipvs));
  assertEquals(without.virtualServer, undefined);
  const routes = "Error: ipv4: FIB table does not exist.\nDump terminated\n";
  assertEquals((await explain(request, lacks("ip", routes))).verdict, "served");
});

Deno.test("kube-proxy explain names rules of others that may decide", async () => {
  const on = await node();
  on.host.iptables.edit(
    "iptables-legacy",
    "*filter\n-I INPUT 1 -p tcp -j DROP\nCOMMIT\n",
  );
  on.host.iptables.edit("iptables-nft", "*filter\n-A INPUT -j DROP\nCOMMIT\n");
  const { text } = await call(on, "outside", "10.96.0.5:80");
  assert(
    text.startsWith("SERVED, unless a rule of others decides first (1 may)"),
    text,
  );
  assert(text.includes("filter INPUT: may DROP\n    -p tcp -j DROP"), text);
  assert(text.includes("Note: iptables-nft holds 1 rules too"), text);
  assert(text.includes('"outside" is taken as 203.0.113.1'), text);
});

Deno.test("explain() names tables of nftables that see the packet", async () => {
  const on = await node();
  const nft = ["ip filter", "inet firewalld", "ip6 mine", "netdev early"];
  const { notes } = await explain({
    client: "node",
    address: "10.96.0.5" as IpAddress,
    port: 80,
    protocol: "tcp",
  }, {
    run: (argv, options) =>
      argv[0] !== "nft" ? on.host.run(argv, options) : Promise.resolve({
        ...{ code: 0, stderr: "" },
        stdout: nft.map((name) => `table ${name}\n`).join(""),
      }),
    lines: on.host.lines.bind(on.host),
  });
  assertEquals(notes, [
    "these tables of nftables see the packet as well, and were not followed: " +
    "inet firewalld, netdev early",
  ]);
});

Deno.test("kube-proxy explain says what it cannot know", async () => {
  const on = await node();
  on.host.ip.routesTo = undefined;
  const { text } = await call(on, "10.244.1.7", "10.96.0.5:80");
  assert(text.includes("Note: no route leads to 10.244.1.7"), text);
});
