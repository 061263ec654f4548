/**
 * What a scenario may say. `README.md` lists it for those who write one.
 *
 * @module
 */
import { parseAllDocuments } from "yaml";
import { type ApiObject, serviceOf, sliceOf } from "./objects.ts";
import { FakeSnapshotStore } from "../agent/fake_snapshot_store.ts";
import type { Scene } from "./scene.ts";
import type { Command } from "./script.ts";

/** What a command works with. */
export interface Context {
  /** What it changes, or looks at. */
  readonly scene: Scene;
  /** The command. */
  readonly command: Command;
  /** Fails unless the lines are the command's block, in any order. */
  expect(lines: readonly string[]): void;
}

/** Does what a command says. */
export type Run = (context: Context) => Promise<void> | void;

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
};

function millisecondsOf(text: string | undefined): number {
  const match = /^(\d+)(ms|s|m)$/.exec(text ?? "");
  if (match === null) throw new Error(`Cannot read the time "${text}"`);
  return Number(match[1]) * (UNITS_MS[match[2] ?? ""] ?? 0);
}

/** `name=value` as a number. */
function numberIn(words: readonly string[], name: string): number {
  const word = words.find((one) => one.startsWith(`${name}=`));
  return Number(word?.slice(name.length + 1) ?? 0);
}

const lines = (text: string): string[] =>
  text.split("\n").filter((line) => line !== "");

/** What the node has now, by what it is called. */
const SEEN: Readonly<Record<string, (scene: Scene) => string[]>> = {
  ipvs: ({ node }) => lines(node.ipvs()),
  addresses: ({ node }) => [
    ...node.host.ip.devices.get("kube-ipvs0")?.addresses.keys() ?? [],
  ],
  sets: ({ node }) =>
    lines(node.host.dump()).flatMap((line) =>
      /^add KUBE-VS(\d-\S+ .*)$/.exec(line)?.[1] ?? []
    ),
  warnings: ({ node }) => node.warnings.splice(0),
  events: ({ node }) => node.events.splice(0),
  // What only reads is left out.
  batches: ({ node }) =>
    node.takeCalls().filter((call) =>
      /restore|-batch|conntrack/.test(call) && !call.includes("conntrack -L")
    ).map((call) => call.split(/[ :]/)[0] ?? ""),
};

/** All commands by their first word. */
export const COMMANDS: Readonly<Record<string, Run>> = {
  faults: ({ scene, command: { words } }) => {
    if (words[1] !== "off") throw new Error("Only faults off can be said");
    scene.stopFaults();
  },
  service: ({ scene, command: { words } }) =>
    scene.apply(serviceOf(words.slice(1))),
  endpoints: ({ scene, command: { words } }) =>
    scene.apply(sliceOf(words.slice(1), scene.services())),
  apply: ({ scene, command: { block } }) => {
    for (const document of parseAllDocuments(block.join("\n"))) {
      scene.apply(document.toJS() as ApiObject);
    }
  },
  delete: ({ scene, command: { words: [, kind = "", name = ""] } }) =>
    scene.delete(kind, name),
  settle: ({ scene }) => scene.settle(),
  wait: ({ scene, command: { words } }) =>
    scene.node.advance(millisecondsOf(words[1])),
  connections: ({ scene, command: { words } }) => {
    const [, virtualServer = "", realServer = "", ...counts] = words;
    scene.node.host.ipvs.setConnections(
      virtualServer.replace("/", " "),
      realServer,
      {
        active: numberIn(counts, "active"),
        inactive: numberIn(counts, "inactive"),
      },
    );
  },
  stop: ({ scene }) => scene.node.stop(),
  start: ({ scene, command: { words } }) => start(scene, words[1]),
  hear: ({ scene, command: { words: [, source] } }) => scene.tell(source),
  unheard: ({ scene, command: { block } }) => {
    for (const line of block) {
      const [verb, kind = "", name = ""] = line.split(" ");
      if (verb !== "delete") throw new Error(`Cannot do "${line}" unheard`);
      scene.objects.delete(`${kind} default/${name}`);
    }
  },
  "lose-state": ({ scene }) => scene.node.directory.files.clear(),
  "state-dir": async ({ scene }) => {
    await scene.node.stop();
    scene.node.snapshots = new FakeSnapshotStore();
    await scene.boot();
  },
  disk: ({ scene: { node }, command: { words } }) => {
    if (node.snapshots === undefined) throw new Error("There is no state-dir");
    node.snapshots.isFull = words[1] === "full";
  },
  reboot: async ({ scene, command: { words } }) => {
    await scene.node.stop();
    scene.node.directory.files.clear();
    scene.node.host.reboot();
    await start(scene, words[1]);
  },
  restart: async ({ scene }) => {
    await scene.node.stop();
    await scene.boot();
  },
  kill: async ({ scene }) => {
    const { node } = scene;
    node.host.faults.add({ times: Infinity, effect: { kind: "denied" } });
    await node.stop();
    node.directory.breakLocks();
    node.host.faults.clear();
  },
  resync: ({ scene }) => scene.tellAll(),
  edit: ({ scene, command: { block } }) => {
    for (const line of block) editHost(scene, line);
  },
  fail: ({ scene, command: { words } }) => {
    const [, program = "", how = "exit", ...rest] = words;
    scene.node.host.faults.add({
      program,
      times: numberIn(rest, "times") || 1,
      effect: how === "killed"
        ? { kind: "killed", afterLines: numberIn(rest, "after") }
        : { kind: "exit", code: 1, stderr: `${program}: out of luck\n` },
    });
  },
  refuse: ({ scene, command: { words: [, program = "", text = ""] } }) => {
    const { faults } = scene.node.host;
    if (program === "nothing") return faults.clear();
    faults.add({
      program,
      times: Infinity,
      when: ({ stdin }) => stdin.includes(text),
      effect: { kind: "refuse", isRefused: (line) => line.includes(text) },
    });
  },
  forget: ({ scene }) => {
    scene.node.takeCalls();
    scene.node.warnings.length = 0;
    scene.node.events.length = 0;
  },
  expect: ({ scene, command: { words: [, what = ""] }, expect }) => {
    const see = SEEN[what];
    if (see === undefined) throw new Error(`Cannot see "${what}"`);
    expect(see(scene));
  },
  "expect-ready": ({ scene, expect }) => {
    const { isReady, saved, waitingFor } = scene.node.agent.snapshot();
    expect([
      `ready ${isReady}`,
      `snapshot used ${saved?.isUsed ?? false}`,
      `waiting for ${waitingFor.join(" ") || "nothing"}`,
    ]);
  },
  "expect-counts": ({ scene, expect }) => {
    const { counts } = scene.node.agent.snapshot();
    expect(Object.entries(counts).map(([name, count]) => `${name} ${count}`));
  },
};

/** An agent starts; `unheard`: the API server has said nothing yet. */
async function start(scene: Scene, how: string | undefined): Promise<void> {
  if (how !== "unheard") return await scene.boot();
  scene.node.start();
  await scene.node.advance(0);
}

/** What someone else does by the tools. */
function editHost({ node: { host } }: Scene, line: string): void {
  const [tool = "", verb = "", ...rest] = line.split(" ");
  switch (`${tool} ${verb}`) {
    case "ip add":
      return host.ip.addAddress("kube-ipvs0", rest.join(" "));
    case "ip del":
      return host.ip.deleteAddress("kube-ipvs0", rest.join(" "));
    case "link del":
      return host.ip.deleteDevice("kube-ipvs0");
    case "rules flush":
      for (const tables of Object.values(host.iptables.tables)) tables.clear();
      return;
    default:
      if (tool === "ipvsadm") return host.ipvs.edit(line.slice(8));
      throw new Error(`Cannot edit by "${line}"`);
  }
}
