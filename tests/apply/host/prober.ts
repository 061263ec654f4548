/**
 * Runs in a network namespace of its own and changes sets of ours by the real
 * tools while packets pass their rules, one a millisecond. Prints what was
 * seen as one line of JSON. `sets_host.lab.ts` starts it.
 *
 * @module
 */
import { createHost, HostCommandRunner, isLockHeld, isSetInUse } from "#apply";
import {
  planRules,
  planRulesDocument,
  planRulesRemoval,
  SET_KINDS,
  type SetEntry,
} from "#plan";
import { CASES } from "../../plan/rules_cases.ts";

const VIP = "10.0.0.1";
const ALLOWED = "10.1.0.5";
const DENIED = "10.2.0.5";
const PORT = 5_000;
const EDITS = 1_000;

const RULES = CASES.find(({ name }) => name === "ipv4-no-detector")!.options;

/** What a sender sent and how much of it came, in packets. */
export type Probe = Readonly<Record<"sent" | "came", number>>;

const runner = new HostCommandRunner();
/** Holds a network namespace beside ours, with the senders in it. */
const client = new Deno.Command(Deno.args[0] === "send" ? "true" : "unshare", {
  args: ["-n", "sleep", "300"],
  stdin: "null",
}).spawn();
const host = createHost(runner, Deno.args[1] === "nft" ? "nft" : "legacy");

async function must(...argv: [string, ...string[]]): Promise<void> {
  const { code, stderr } = await runner.run(argv);
  if (code !== 0) throw new Error(`${argv.join(" ")}: ${stderr}`);
}

async function inClient(...argv: [string, ...string[]]): Promise<void> {
  await must("nsenter", "-t", String(client.pid), "-n", ...argv);
}

function entry(set: SetEntry["set"], element: string): SetEntry {
  return { family: "ipv4", set, element };
}

async function makeSets(): Promise<void> {
  const needs = SET_KINDS.map((set) => ({
    family: "ipv4" as const,
    set,
    elements: 0,
  }));
  await host.ipSets.ensure(needs, await host.ipSets.list());
}

async function writeRules(): Promise<void> {
  const saved = await host.iptables.save("ipv4");
  const document = planRulesDocument(planRules(RULES), saved);
  if (document !== undefined) await host.iptables.restore("ipv4", document);
}

async function setUp(): Promise<void> {
  await must("ip", "link", "set", "lo", "up");
  await must("ip", "address", "add", `${VIP}/32`, "dev", "lo");
  const pid = String(client.pid);
  await must(
    ...[
      "ip",
      "link",
      "add",
      "v0",
      "type",
      "veth",
      "peer",
      "name",
      "v1",
    ] as const,
    ...["netns", pid],
  );
  await must("ip", "link", "set", "v0", "up");
  await must("ip", "address", "add", "10.9.0.1/24", "dev", "v0");
  await inClient("ip", "link", "set", "lo", "up");
  await inClient("ip", "link", "set", "v1", "up");
  await inClient("ip", "address", "add", "10.9.0.2/24", "dev", "v1");
  await inClient("ip", "route", "add", `${VIP}/32`, "via", "10.9.0.1");
  for (const source of [ALLOWED, DENIED]) {
    await inClient("ip", "address", "add", `${source}/32`, "dev", "v1");
    await must("ip", "route", "add", `${source}/32`, "dev", "v0");
  }
  await makeSets();
  await writeRules();
  await host.iptables.restore(
    "ipv4",
    "*filter\n:INPUT DROP [0:0]\nCOMMIT\n",
  );
}

/** Sends from each source while `work` lasts; counts what comes. */
async function probe(
  sources: readonly string[],
  work: () => Promise<void>,
): Promise<Record<string, Probe>> {
  const server = Deno.listenDatagram({
    transport: "udp",
    hostname: VIP,
    port: PORT,
  });
  const came = new Map<string, number>();
  const receiving = (async () => {
    for await (const [, from] of server) {
      const { hostname } = from as Deno.NetAddr;
      came.set(hostname, (came.get(hostname) ?? 0) + 1);
    }
  })();
  const sender = new Deno.Command("nsenter", {
    args: [
      ...["-t", String(client.pid), "-n", Deno.execPath(), "run", "-A"],
      ...["--unstable-net", new URL(import.meta.url).pathname, "send"],
      ...sources,
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await work();
  await sender.stdin.close();
  const { stdout } = await sender.output();
  const sent = JSON.parse(new TextDecoder().decode(stdout));
  await new Promise((resolve) => setTimeout(resolve, 200));
  server.close();
  await receiving.catch(() => {});
  return Object.fromEntries(sources.map((source) => [source, {
    sent: sent[source],
    came: came.get(source) ?? 0,
  }]));
}

/** A new source port each time, so that no packet is part of a flow. */
async function send(
  source: string,
  sent: Record<string, number>,
  signal: AbortSignal,
): Promise<void> {
  const to = { transport: "udp", hostname: VIP, port: PORT } as const;
  const data = new Uint8Array(8);
  while (!signal.aborted) {
    const socket = Deno.listenDatagram({
      transport: "udp",
      hostname: source,
      port: 0,
    });
    await socket.send(data, to);
    socket.close();
    sent[source] = (sent[source] ?? 0) + 1;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Source ranges that move all the time, and always hold the one source. */
async function edits(): Promise<unknown> {
  const service = `${VIP},udp:${PORT}`;
  const range = (at: number): SetEntry[] => [
    entry("source-ranges", `${service},10.1.0.0/${16 + at % 8}`),
    entry("source-ranges", `${service},10.${3 + at % 90}.0.0/16`),
  ];
  await host.ipSets.restore({
    add: [
      entry("restricted", service),
      entry("frontends", service),
      ...range(0),
    ],
    delete: [],
  });
  return await probe([ALLOWED, DENIED], async () => {
    for (let at = 1; at <= EDITS; at++) {
      await host.ipSets.restore({ add: range(at), delete: range(at - 1) });
    }
  });
}

/** From the least capacity to 200,000 elements, and then 50 swaps. */
async function growth(): Promise<unknown> {
  const family = "ipv4" as const;
  const set = "frontends" as const;
  const add = [entry(set, `${VIP},udp:${PORT}`)];
  await host.ipSets.restore({ add, delete: [] });
  let have = 0;
  const grow = async (elements: number): Promise<void> => {
    await host.ipSets.ensure(
      [{ family, set, elements }],
      await host.ipSets.list(),
    );
    const add = Array.from(
      { length: Math.max(0, elements - have) },
      (_, at) => {
        const number = have + at;
        return entry(
          set,
          `10.${100 + (number >> 16)}.${(number >> 8) & 255}.${
            number & 255
          },tcp:80`,
        );
      },
    );
    await host.ipSets.restore({ add, delete: [] });
    have = Math.max(have, elements);
  };
  const probed = await probe([ALLOWED], async () => {
    for (const elements of [2_000, 10_000, 50_000, 70_000, 200_000]) {
      await grow(elements);
    }
  });
  const list = await host.ipSets.list();
  return { ...probed, elements: list.get("KUBE-VS4-FRONTENDS")?.elements.size };
}

/** A set of another type that a rule names. */
async function wrongType(): Promise<unknown> {
  await host.iptables.restore(
    "ipv4",
    planRulesRemoval(await host.iptables.save("ipv4")) ?? "",
  );
  await must("ipset", "destroy", "KUBE-VS4-FRONTENDS");
  await must("ipset", "create", "KUBE-VS4-FRONTENDS", "hash:ip,port,ip");
  await host.iptables.restore(
    "ipv4",
    "*filter\n-A INPUT -m set --match-set KUBE-VS4-FRONTENDS dst,dst,src " +
      "-j ACCEPT\nCOMMIT\n",
  );
  let isInUse = false;
  await makeSets().catch((error) => isInUse = isSetInUse(error));
  await host.iptables.restore(
    "ipv4",
    "*filter\n-D INPUT -m set --match-set KUBE-VS4-FRONTENDS dst,dst,src " +
      "-j ACCEPT\nCOMMIT\n",
  );
  await makeSets();
  const list = await host.ipSets.list();
  return { isInUse, type: list.get("KUBE-VS4-FRONTENDS")?.type };
}

/** Another program holds the lock of iptables-legacy for three seconds. */
async function lock(): Promise<unknown> {
  const holder = new Deno.Command("flock", {
    args: ["/run/xtables.lock", "sleep", "3"],
  }).spawn();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const startMs = performance.now();
  let isHeld = false;
  await host.iptables.restore("ipv4", "*filter\nCOMMIT\n")
    .catch((error) => isHeld = isLockHeld(error));
  const tookMs = performance.now() - startMs;
  await holder.status;
  await host.iptables.restore("ipv4", "*filter\nCOMMIT\n");
  return { isHeld, tookMs };
}

const MODES: Readonly<Record<string, () => Promise<unknown>>> = {
  edits,
  growth,
  "wrong-type": wrongType,
  lock,
};

/** In the client's namespace: sends until standard input ends. */
async function sendAll(sources: readonly string[]): Promise<unknown> {
  const sent: Record<string, number> = {};
  const stop = new AbortController();
  const sending = sources.map((source) => send(source, sent, stop.signal));
  for await (const _ of Deno.stdin.readable);
  stop.abort();
  await Promise.all(sending);
  return sent;
}

async function main([mode = "", ...rest]: readonly string[]): Promise<unknown> {
  if (mode === "send") return await sendAll(rest);
  await setUp();
  try {
    return await MODES[mode]?.();
  } finally {
    client.kill();
    await client.status;
  }
}

if (import.meta.main) {
  const result = await main(Deno.args);
  // deno-lint-ignore no-console -- this line is the result
  console.log(JSON.stringify(result));
}
