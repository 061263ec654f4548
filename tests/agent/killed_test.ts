/**
 * The agent is killed at every call of a tool: before it, in the middle of
 * its input, and right after it, before anything is noted. The next agent on
 * the same kernel and run directory gets to where an agent that was never
 * killed gets, without taking anything that it then makes again.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { IpAddress } from "../../mod/model/mod.ts";
import type { FakeCall } from "../support/fake_host.ts";
import { TestNode } from "./harness.ts";

/** Longer than departures, drains and retries take. */
const REST_MS = 75_000;
const FOREIGN_SERVER = "-A -t 192.0.2.1:99 -s rr";
const FOREIGN_ADDRESS = "192.0.2.9/32";

/** A change of the cluster, from the state before it. */
interface Change {
  readonly name: string;
  before(node: TestNode): void;
  change(node: TestNode): void;
}

function putAll(node: TestNode): void {
  node.put("web", { ip: "10.96.0.10" });
  node.endpoints("web", ["10.244.1.1", "10.244.1.2"]);
  node.put("dns", {
    ip: "10.96.0.11",
    protocol: "udp",
    port: 53,
    externalIps: ["198.51.100.1" as IpAddress],
  });
  node.endpoints("dns", ["10.244.1.3", "10.244.1.4"]);
  node.put("none", { ip: "10.96.0.12" });
  node.endpoints("none", []);
}

const CHANGES: readonly Change[] = [
  {
    name: "the first start",
    before: () => {},
    change: putAll,
  },
  {
    name: "a new Service",
    before: putAll,
    change: (node) => {
      node.put("new", {
        ip: "10.96.0.20",
        externalTrafficPolicy: "local",
        externalIps: ["198.51.100.2" as IpAddress],
      });
      node.endpoints("new", ["10.244.1.5", "10.244.2.6"]);
    },
  },
  {
    name: "a Service that changes",
    before: putAll,
    change: (node) => {
      node.put("web", { ip: "10.96.0.10", port: 81 });
      node.endpoints("dns", ["10.244.1.4", "10.244.1.9"]);
      node.endpoints("none", ["10.244.1.7"]);
    },
  },
  {
    name: "a Service that is deleted",
    before: putAll,
    change: (node) => {
      node.delete("dns");
      node.endpoints("web", ["10.244.1.2"]);
    },
  },
];

type Moment = "before" | "in" | "after";
/** What becomes of the change while no agent works. */
type Fate = "stays" | "is undone";
/** At which call, and when of it. */
interface Kill {
  readonly call: number;
  readonly moment: Moment;
}

/** What a history came to. */
interface Outcome {
  readonly dump: string;
  /** What the agent that was killed left. */
  readonly leftDump: string;
  /** Calls while the change was made, until it was done or the kill. */
  readonly calls: readonly FakeCall[];
  /** Calls of the agent after the kill. */
  readonly callsAfter: readonly FakeCall[];
}

async function play(
  change: Change,
  fate: Fate,
  kill?: Kill,
): Promise<Outcome> {
  const node = new TestNode();
  const { host, directory } = node;
  host.ipvs.edit(FOREIGN_SERVER);
  host.ip.addDevice("kube-ipvs0", "dummy", [FOREIGN_ADDRESS]);
  await host.run(["ipset", "restore", "-exist"], {
    stdin: "create OTHERS hash:ip\nadd OTHERS 192.0.2.7\n",
  });
  change.before(nodeThatListens(node));
  if (node.services.size > 0) {
    await node.boot();
    await node.advance(REST_MS);
  }
  host.resetCounts();
  if (kill !== undefined) arm(node, kill);
  if (node.services.size > 0) change.change(node);
  else {
    change.change(nodeThatListens(node));
    await node.boot();
  }
  await node.advance(REST_MS);
  const calls = [...host.calls];
  await node.stop();
  const leftDump = stateOf(node);
  host.faults.clear();
  host.onCall = () => {};
  directory.isFull = false;
  directory.breakLocks();
  host.resetCounts();
  if (fate === "is undone") {
    node.services.clear();
    node.slices.clear();
    change.before(node);
  }
  await node.boot();
  await node.advance(REST_MS);
  await node.stop();
  return { dump: stateOf(node), leftDump, calls, callsAfter: [...host.calls] };
}

/** All that the kernel holds; sets and devices have no order of their own. */
function stateOf({ host }: TestNode): string {
  const [before = "", sets = ""] = host.dump().split("# ipset\n");
  const [after = "", addresses = ""] = sets.split("# ip\n");
  const rules = after.indexOf("# ip");
  const elements = rules < 0 ? after : after.slice(0, rules);
  const sorted = (text: string): string => text.split("\n").sort().join("\n");
  return before + sorted(elements) + after.slice(elements.length) +
    sorted(addresses);
}

/** A node that remembers objects before it has an agent to tell. */
function nodeThatListens(node: TestNode): TestNode {
  node.agent ??= { handle: () => {} } as unknown as TestNode["agent"];
  return node;
}

/** From that call on nothing runs and nothing is written. */
function arm({ host, directory }: TestNode, { call, moment }: Kill): void {
  const dead = { kind: "denied" } as const;
  const die = (): void => {
    directory.isFull = true;
    host.faults.add({ times: Infinity, effect: dead });
  };
  if (moment === "after") {
    host.onCall = ({ number }) => number === call && die();
    return;
  }
  host.faults.add({
    when: ({ number }) => {
      if (number !== call) return false;
      if (moment === "before") directory.isFull = true;
      return true;
    },
    effect: moment === "before" ? dead : { kind: "killed", afterLines: 1 },
  });
  host.onCall = ({ number }) => number === call && die();
  host.faults.add({
    times: Infinity,
    when: ({ number }) => number > call,
    effect: dead,
  });
}

/** Things of the kernel that a call makes (true) or takes (false). */
function* deeds({ argv, stdin }: FakeCall): Generator<[string, boolean]> {
  for (const line of stdin.split("\n")) {
    const ipvs = /^-([AaDd]) (\S+ \S+)(?: .*-r (\S+))?/.exec(line);
    if (argv[0] === "ipvsadm" && ipvs !== null) {
      const [, verb = "", key = "", real = ""] = ipvs;
      yield [`${key} ${real}`, verb === "A" || verb === "a"];
    }
    const rest = /^(?:addr(?:ess)? )?(add|del) (\S+ \S+)/.exec(line);
    if (rest !== null) yield [`${argv[0]} ${rest[2]}`, rest[1] === "add"];
  }
}

/** What was taken and made again, or made and taken again. */
function wasted(calls: readonly FakeCall[]): string[] {
  const first = new Map<string, boolean>();
  const pairs: string[] = [];
  for (const call of calls) {
    for (const [thing, isMade] of deeds(call)) {
      if (first.get(thing) === !isMade) pairs.push(thing);
      first.set(thing, isMade);
    }
  }
  return pairs;
}

for (const change of CHANGES) {
  for (const fate of ["stays", "is undone"] as const) killedTest(change, fate);
}

function killedTest(change: Change, fate: Fate): void {
  Deno.test({
    name: `restart-not-hitless: killed at any call of ${change.name}, which ` +
      `then ${fate}`,
    permissions: "none",
    fn: async () => {
      const golden = await play(change, fate);
      const writing = golden.calls.filter(({ stdin }) => stdin !== "").length;
      assert(writing >= 3, `the change takes ${writing} batches`);
      assert(golden.dump.includes(FOREIGN_SERVER));
      assert(golden.dump.includes(FOREIGN_ADDRESS));
      assert(golden.dump.includes("add OTHERS 192.0.2.7"));
      if (fate === "stays") {
        assertEquals(golden.leftDump, golden.dump, "a restart changes nothing");
      }
      let halfDone = 0;
      const last = golden.calls.findLastIndex(({ stdin }) => stdin !== "") + 2;
      for (let call = 1; call <= last; call++) {
        for (const moment of ["before", "in", "after"] as const) {
          const at = `${moment} call ${call} of ${last}: ` +
            golden.calls[call - 1]?.argv.join(" ");
          const outcome = await play(change, fate, { call, moment });
          assertEquals(outcome.dump, golden.dump, at);
          if (outcome.leftDump !== golden.dump) halfDone++;
          assertEquals(wasted(outcome.callsAfter), [], at);
        }
      }
      assert(halfDone >= writing, `${halfDone} kills left something undone`);
    },
  });
}
