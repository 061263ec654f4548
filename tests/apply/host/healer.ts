/**
 * Runs in a network namespace of its own: keeps the rules as the agent does,
 * by the real tools and the real clock, while others flush and move them.
 * Prints how long each repair took, in ms. `rules_heal.lab.ts` starts it.
 *
 * @module
 */
import { RulesKeeper } from "../../../mod/agent/rules_keeper.ts";
import { RulesWatch } from "../../../mod/agent/rules_watch.ts";
import { Status } from "../../../mod/agent/status.ts";
import { createHost, HOST_CLOCK, HostCommandRunner } from "#apply";
import { planRules, planRulesDocument, SET_KINDS } from "#plan";
import { CASES } from "../../plan/rules_cases.ts";

const ROUNDS = 10;
const LIMIT_MS = 5_000;
const [backEnd = "nft"] = Deno.args;

const options = CASES.find(({ name }) => name === "ipv4-no-detector")!.options;
const runner = new HostCommandRunner();
const host = createHost(runner, backEnd === "nft" ? "nft" : "legacy");
const stop = new AbortController();
const iptables = `iptables-${backEnd}`;

const needs = SET_KINDS.map((set) => ({
  family: options.family,
  set,
  elements: 0,
}));
await host.ipSets.ensure(needs, await host.ipSets.list());

const keeper = new RulesKeeper({
  iptables: host.iptables,
  rules: () => [options],
  monotonicMs: () => HOST_CLOCK.monotonicMs(),
  waited: () => {},
  warned: () => {},
});
const agent = {
  rules: () => [options],
  clock: HOST_CLOCK,
  ...(backEnd !== "nft" ? {} : {
    rulesMonitor: (signal: AbortSignal) =>
      runner.lines(["nft", "monitor", "rules"], signal),
  }),
};
const watch = new RulesWatch({
  agent,
  rulesKeeper: keeper,
  status: new Status(HOST_CLOCK, {
    // deno-lint-ignore no-console -- to the one who started it
    warned: (message) => console.error(message),
  }),
  timing: { rulesMs: 500 },
});

async function loop(): Promise<void> {
  while (!stop.signal.aborted) {
    if (HOST_CLOCK.monotonicMs() >= watch.nextMs) await watch.look(() => 100);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function isWhole(): Promise<boolean> {
  const saved = await host.iptables.save(options.family);
  return planRulesDocument(planRules(options), saved) === undefined;
}

async function run(script: string): Promise<void> {
  const { code, stderr } = await runner.run(["sh", "-ec", script]);
  if (code !== 0) throw new Error(`${script}: ${stderr}`);
}

/** What others do, as shell. */
const DAMAGE: Readonly<Record<string, string>> = {
  "flush of every chain":
    `for t in mangle nat filter; do ${iptables} -t $t -F; done`,
  "jump put before ours":
    `${iptables} -t nat -I PREROUTING 1 -p tcp --dport 80 -j DNAT --to 10.7.7.7:80`,
  ...(backEnd === "nft" ? { "nft flush ruleset": "nft flush ruleset" } : {}),
};

await keeper.ensure();
watch.begin([options]);
const following = watch.follow(stop.signal, () => {});
const looping = loop();
await new Promise((resolve) => setTimeout(resolve, 1_000));
const slowest: Record<string, number> = {};
for (const [name, script] of Object.entries(DAMAGE)) {
  for (let round = 0; round < ROUNDS; round++) {
    await run(script);
    const startMs = performance.now();
    while (!await isWhole()) {
      if (performance.now() - startMs > LIMIT_MS) throw new Error(name);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const ms = Math.round(performance.now() - startMs);
    slowest[name] = Math.max(slowest[name] ?? 0, ms);
    // Not in step with the looks.
    await new Promise((resolve) => setTimeout(resolve, 37 * round));
  }
}
// deno-lint-ignore no-console -- the result
console.log(JSON.stringify(slowest));
stop.abort();
await Promise.all([following, looping]);
Deno.exit(0);
