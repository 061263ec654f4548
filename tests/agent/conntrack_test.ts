/**
 * Which entries of connection tracking go with which change, and that no
 * other does: the real agent over a table of flows.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { FakeFlow } from "../support/fake_host.ts";
import { type Protocol, STORIES, type Story } from "./conntrack_stories.ts";
import { TestNode } from "./harness.ts";

const NODE_PORT_CIDR = "192.168.1.0/24";

/** "10.96.0.10:53 > 10.244.1.1:8080" as an entry. */
function flow(text: string, protocol: Protocol, at: number): FakeFlow {
  const [to = "", reply = ""] = text.split(" > ");
  const [address = "", port] = to.split(":");
  const [replySource = "", replyPort] = reply.split(":");
  return {
    protocol,
    source: "10.244.9.9",
    sourcePort: 40_000 + at,
    address,
    port: Number(port),
    replySource,
    replyPort: Number(replyPort),
  };
}

function textOf(one: FakeFlow): string {
  return `${one.address}:${one.port} > ${one.replySource}:${one.replyPort}`;
}

async function play(
  { before, change, go = [], stay = [] }: Story,
  protocol: Protocol,
): Promise<{ readonly left: readonly string[]; readonly calls: number }> {
  const node = new TestNode({ nodePortCidrs: [NODE_PORT_CIDR as never] });
  await node.boot();
  before(node, protocol);
  await node.advance(75_000);
  node.host.conntrack.flows = [...go, ...stay].map((text, at) =>
    flow(text, protocol, at)
  );
  node.host.resetCounts();
  await change(node, protocol);
  await node.advance(75_000);
  const calls = node.host.calls.filter(({ argv }) => argv[0] === "conntrack");
  await node.stop();
  return {
    left: node.host.conntrack.flows.map(textOf),
    calls: calls.length,
  };
}

for (const story of STORIES) {
  for (const protocol of ["udp", "sctp"] as const) {
    Deno.test({
      name: `udp-blackhole: ${story.name} (${protocol})`,
      permissions: "none",
      fn: async () => {
        const { left, calls } = await play(story, protocol);
        assertEquals(left, story.stay ?? []);
        const needed = story.go === undefined ? 0 : 1;
        assertEquals(calls, needed + (story.tries ?? 0), "processes");
      },
    });
  }
  Deno.test({
    name: `connection tracking of TCP is left alone: ${story.name}`,
    permissions: "none",
    fn: async () => {
      const { left, calls } = await play(story, "tcp");
      assertEquals(left, [...story.go ?? [], ...story.stay ?? []]);
      assertEquals(calls, 0);
    },
  });
}
