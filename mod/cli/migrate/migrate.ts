import {
  formatJournal,
  JOURNAL_HEADER,
  LOCK_FILE,
  parseJournal,
  type Remembered,
  STATE_FILE,
} from "#agent";
import { cleanUpLocked } from "../cleanup/cleanup.ts";
import { claimsOfKubeProxy } from "../cleanup/kube_proxy_claims.ts";
import { lookAtLeftovers } from "../cleanup/look.ts";
import { isClean } from "../cleanup/report.ts";
import type { Seen } from "../cleanup/types.ts";
import { inspectHost } from "../inspect_host.ts";
import type { HostFacts } from "../sysctl_plan.ts";
import {
  describeFound,
  hasIptablesMode,
  hasIpvsMode,
  hasOurRules,
  hasTraces,
  hasTracesOfIpvsMode,
  nameFrontend,
  nftablesMode,
  unservedOf,
} from "./found.ts";
import { finishHandingBack, handBack } from "./hand_back.ts";
import type {
  MigrateHost,
  MigrateOptions,
  MigrateVerb,
  MigrationReport,
  Outcome,
} from "./types.ts";
import { refuseUnserved, ROLLBACK_AGAIN } from "./unserved.ts";

const NOTHING_DONE: Outcome = { done: [], problems: [] };
const AGAIN = 'then run "kube-proxy migrate apply" again';
const NOTHING_HERE = "nothing of kube-proxy's ipvs or iptables mode is here: " +
  "start the agent";

/**
 * One step of moving a node over from kube-proxy's ipvs or iptables mode, or
 * back. Each is told apart by what is there, so that any can be run again.
 *
 * Over from ipvs mode: with kube-proxy stopped, what is provably its own is put
 * on our record; the agent, started then, finds all of it to be its own, brings
 * it in place to what the cluster says, and makes its rules and sets beside
 * kube-proxy's; only when it serves, kube-proxy's rules and sets go. From
 * iptables mode nothing is taken over: kube-proxy's rules translate until the
 * agent has a virtual server for each frontend of theirs, and go then. Back:
 * the same the other way round. At no moment is there neither.
 */
export async function migrate(
  { verb, force }: MigrateOptions,
  host: MigrateHost,
  facts: HostFacts,
): Promise<MigrationReport> {
  const lock = await host.folder.lock(LOCK_FILE);
  try {
    const seen = await lookAtLeftovers(host.runner);
    const tables = await nftablesMode(host.runner);
    const found = [
      ...describeFound(seen),
      ...tables.map((name) =>
        `table ${name} of kube-proxy's nftables mode, which no step touches: ` +
        "docs/migrate.md has what to do"
      ),
    ];
    const { unseen } = seen;
    if (unseen.length > 0) {
      return { verb, found, ...NOTHING_DONE, problems: unseen };
    }
    const isAgentRunning = lock === undefined;
    const at = { seen, host, facts, force, isAgentRunning };
    return { verb, found, ...await STEPS[verb](at) };
  } finally {
    await lock?.release();
  }
}

interface At {
  readonly seen: Seen;
  readonly host: MigrateHost;
  readonly facts: HostFacts;
  readonly force: boolean;
  readonly isAgentRunning: boolean;
}

const STEPS: Readonly<Record<MigrateVerb, (at: At) => Promise<Outcome>>> = {
  plan,
  apply: (at) => at.isAgentRunning ? replace(at) : takeOver(at),
  rollback,
};

/** Of iptables mode there is nothing to put on record. */
const START_FIRST = "start the agent with kube-proxy's own configuration, " +
  'mode "ipvs"; when it serves, run "kube-proxy migrate apply"';

/** Says what is to be done, and changes nothing. */
async function plan({ seen, host, isAgentRunning }: At): Promise<Outcome> {
  if (isAgentRunning) {
    const next = hasTraces(seen)
      ? 'the agent runs; "kube-proxy migrate apply" takes what is left of ' +
        "kube-proxy away, once it serves"
      : undefined;
    return { ...NOTHING_DONE, ...(next === undefined ? {} : { next }) };
  }
  const problems = await preflight(host);
  const isRunning = await host.proxyHealth() !== "silent";
  const then = hasTracesOfIpvsMode(seen)
    ? 'run "kube-proxy migrate apply"'
    : START_FIRST;
  const next = !hasTraces(seen)
    ? NOTHING_HERE
    : isRunning
    ? `stop kube-proxy on this node, then ${then}`
    : then;
  return { done: [], problems, ...(problems.length > 0 ? {} : { next }) };
}

async function preflight(host: MigrateHost): Promise<readonly string[]> {
  const { findings } = await inspectHost({ scheduler: "rr" }, host);
  return findings.filter(({ result }) => result === "fail")
    .map(({ subject, text, remedy }) => `${subject}: ${text}; ${remedy ?? ""}`);
}

/** Nobody runs: what is provably kube-proxy's becomes ours. */
async function takeOver({ seen, host }: At): Promise<Outcome> {
  if (!hasTraces(seen)) return { ...NOTHING_DONE, next: NOTHING_HERE };
  const problems = [...await preflight(host)];
  if (await host.proxyHealth() !== "silent") {
    problems.push(
      "a proxy answers at port 10256 of this node: stop kube-proxy here " +
        "first; what it made stays and goes on serving",
    );
  }
  if (problems.length > 0) return { done: [], problems };
  if (!hasTracesOfIpvsMode(seen)) {
    return { ...NOTHING_DONE, next: START_FIRST };
  }
  const remembered = await readRecord(host);
  const { servers, addresses } = claimsOfKubeProxy(seen);
  remembered.ownership.add({
    virtualServers: [...servers],
    addresses: [...addresses],
  });
  await host.folder.replace(STATE_FILE, formatJournal(remembered));
  return {
    done: [
      `recorded ${servers.size} virtual servers and ${addresses.size} ` +
      "addresses as the agent's own",
    ],
    problems: [],
    next: `start the agent with kube-proxy's own configuration, ${AGAIN}`,
  };
}

async function readRecord({ folder }: MigrateHost): Promise<Remembered> {
  const text = await folder.read(STATE_FILE);
  const known = text === undefined ? undefined : parseJournal(text);
  const empty = parseJournal(`${JOURNAL_HEADER}\n`);
  if (empty === undefined) throw new Error("Cannot read an empty record");
  return known ?? empty;
}

/** The agent runs: when it serves, kube-proxy's rules and sets go. */
async function replace(
  { seen, host, facts, force }: At,
): Promise<Outcome> {
  if (!hasTraces(seen)) {
    return { ...NOTHING_DONE, done: ["nothing of kube-proxy's is left"] };
  }
  const problems: string[] = [];
  if (!hasOurRules(seen)) problems.push("the agent's rules are not in place");
  const health = await host.proxyHealth();
  if (health !== "healthy") problems.push(`the agent's health is ${health}`);
  const { ownership } = await readRecord(host);
  const { servers } = claimsOfKubeProxy(seen);
  const strange = [...servers].filter((key) => !ownership.hasServer(key));
  if (strange.length > 0) {
    problems.push(
      `the agent does not have ${strange.length} virtual servers that ` +
        `kube-proxy made (${strange[0]}): stop the agent, run "kube-proxy ` +
        'migrate apply", start it again',
    );
  }
  const unserved = force ? [] : unservedOf(seen, ownership);
  if (unserved.length > 0) {
    problems.push(
      `the agent does not serve ${unserved.length} frontends that ` +
        `kube-proxy's rules serve (${
          unserved.slice(0, 3).map(nameFrontend).join(", ")
        }): where their Services are gone, give --force`,
    );
  }
  if (problems.length > 0) {
    return {
      done: [],
      problems,
      next: `wait until the agent serves, ${AGAIN}`,
    };
  }
  return await sweepAway("kube-proxy", { host, facts });
}

/** The agent was stopped: what kube-proxy serves by now stays with it. */
async function rollback(at: At): Promise<Outcome> {
  const { seen, host, facts, force, isAgentRunning } = at;
  if (isAgentRunning) {
    return {
      done: [],
      problems: ["the agent runs"],
      next:
        `stop it (what it made stays and goes on serving), ${ROLLBACK_AGAIN}`,
    };
  }
  const { ownership } = await readRecord(host);
  if (ownership.size === 0) {
    return seen.routes.length > 0
      ? await finishHandingBack(host, { force })
      : { ...NOTHING_DONE, done: ["nothing is on the agent's record"] };
  }
  if (!hasIpvsMode(seen) && hasIptablesMode(seen)) {
    const sweepOurs = () =>
      sweepAway("ours", { host, facts, keepRoutes: true });
    return await handBack({ seen, host, ownership, force }, sweepOurs);
  }
  if (!hasIpvsMode(seen)) {
    return {
      done: [],
      problems: ["kube-proxy's rules are not in place yet"],
      next: `start kube-proxy and let it sync once, ${ROLLBACK_AGAIN}`,
    };
  }
  const { servers } = claimsOfKubeProxy(seen);
  const refusal = refuseUnserved(
    { seen, ownership },
    (key) => servers.has(key),
  );
  if (refusal !== undefined) return refusal;
  return await sweepAway("ours", { host, facts });
}

async function sweepAway(
  what: "ours" | "kube-proxy",
  { host, facts, keepRoutes = false }: Pick<At, "host" | "facts"> & {
    readonly keepRoutes?: boolean;
  },
): Promise<Outcome> {
  const { runner, folder } = host;
  const report = await cleanUpLocked(
    { what, dryRun: false, withoutRecord: false, keepRoutes },
    { runner, folder, facts },
  );
  const amiss = report.left.filter(({ shouldGo }) => shouldGo);
  return {
    done: report.removed.map((thing) => `removed ${thing}`),
    problems: isClean(report) ? [] : [
      ...amiss.map(({ thing, reason }) => `${thing}: ${reason}`),
      ...report.failed.map((thing) => `could not remove ${thing}`),
      ...report.said,
      ...report.unseen,
    ],
  };
}
