import {
  formatJournal,
  LOCK_FILE,
  parseJournal,
  type Remembered,
  type RunDirectory,
  STATE_FILE,
} from "#agent";
import { type CommandRunner, createHost } from "#apply";
import { Drains } from "#diff";
import { SOCKET_NAME } from "../control/types.ts";
import type { ProxyHealth } from "../migrate/types.ts";
import { parseRunFlags } from "../flags.ts";
import { resolveSettings } from "../settings.ts";
import { type HostFacts, planSysctls } from "../sysctl_plan.ts";
import { lookAtLeftovers } from "./look.ts";
import { namedByOurSets } from "./own_servers.ts";
import { planCleanup } from "./plan_cleanup.ts";
import { remainsOf, thingsOf } from "./remains.ts";
import type { CleanupReport } from "./report.ts";
import { sweep } from "./sweep.ts";
import type { CleanupPlan, CleanupScope, Seen } from "./types.ts";

/** How to clean up. */
export interface CleanupOptions {
  /** What goes. */
  readonly what: CleanupScope["what"];
  /** Only look and tell. */
  readonly dryRun: boolean;
  /** Take what our sets name as ours where there is no record. */
  readonly withoutRecord: boolean;
  /** Leave our routes for a while; absent: they go. */
  readonly keepRoutes?: boolean;
  /** Do it even though an agent runs. */
  readonly force: boolean;
}

/** Where the record is. */
export interface RecordFolder
  extends Pick<RunDirectory, "read" | "replace" | "lock"> {
  /** Deletes files, and the folder when nothing is left in it. */
  clear(names: readonly string[]): Promise<void>;
}

/** What cleaning up needs of the machine. */
export interface CleanupHost {
  /** Runs the tools. */
  readonly runner: CommandRunner;
  /** Where the record is. */
  readonly folder: RecordFolder;
  /** What decides which settings the agent gives a host. */
  readonly facts: HostFacts;
  /** Asks at the port of a proxy's health on this node. */
  proxyHealth(): Promise<ProxyHealth>;
}

/**
 * Takes away what is left of us, and of kube-proxy where that is asked for.
 * What is gone already is no failure, so it can be done again at any time.
 *
 * @throws {Error} when an agent runs here, or nothing tells what is ours;
 * nothing was changed then
 */
export async function cleanUp(
  options: CleanupOptions,
  host: CleanupHost,
): Promise<CleanupReport> {
  if (options.dryRun) return await cleanUpLocked(options, host);
  const lock = await host.folder.lock(LOCK_FILE);
  if (lock === undefined && !options.force) {
    throw new Error(
      "Cannot clean up: an agent runs on this node and would make all of it " +
        "again; stop it first, or give --force",
    );
  }
  try {
    if (options.what === "both" && !options.force) await requireSilence(host);
    return await cleanUpLocked(options, host);
  } finally {
    await lock?.release();
  }
}

/** With no agent of ours, who answers there is a kube-proxy that runs. */
async function requireSilence(host: CleanupHost): Promise<void> {
  if (await host.proxyHealth() === "silent") return;
  throw new Error(
    "Cannot clean up: a proxy answers at port 10256 of this node, and would " +
      "make all of it again; stop kube-proxy here first, or give --force",
  );
}

/** The same, for a caller that knows who runs. */
export async function cleanUpLocked(
  { what, dryRun, withoutRecord, keepRoutes = false }: Omit<
    CleanupOptions,
    "force"
  >,
  { runner, folder, facts }: Omit<CleanupHost, "proxyHealth">,
): Promise<CleanupReport> {
  const text = await folder.read(STATE_FILE);
  const remembered = text === undefined ? undefined : parseJournal(text);
  const scope: CleanupScope = {
    what,
    withoutRecord,
    keepRoutes,
    ...(remembered === undefined
      ? {}
      : { record: remembered.ownership.things() }),
  };
  const seen = await lookAtLeftovers(runner);
  requireRecord(seen, scope);
  const plan = planCleanup(seen, scope);
  const settings = await settingsAsOurs(runner, facts);
  const common = { dryRun, settings, left: plan.left };
  if (dryRun) {
    const { unseen } = seen;
    return { ...common, removed: thingsOf(plan), failed: [], said: [], unseen };
  }
  const said = await sweep(plan, runner);
  const after = await lookAtLeftovers(runner);
  const remains = remainsOf(plan, after, what);
  const unseen = [...new Set([...seen.unseen, ...after.unseen])];
  if (what !== "kube-proxy" && unseen.length === 0) {
    await keepRecord(folder, remembered, remains);
  }
  const failed = thingsOf(remains);
  const stays = new Set(failed);
  const removed = thingsOf(plan).filter((thing) => !stays.has(thing));
  return { ...common, removed, failed, said, unseen };
}

/** Without a record nothing tells ours from others', so nothing is touched. */
function requireRecord(seen: Seen, scope: CleanupScope): void {
  if (scope.record !== undefined || scope.withoutRecord) return;
  const named = namedByOurSets(seen);
  if (named.size === 0) return;
  throw new Error(
    `Cannot clean up: there is no record of what is ours, but our sets name ` +
      `${named.size} virtual servers that are there; name the agent's own ` +
      `--run-dir, or give --without-record to take what our sets name`,
  );
}

/** What could not be removed stays on record; else the record goes as well. */
async function keepRecord(
  folder: RecordFolder,
  remembered: Remembered | undefined,
  remains: CleanupPlan,
): Promise<void> {
  if (remembered === undefined || thingsOf(remains).length === 0) {
    const files = [STATE_FILE, `${STATE_FILE}.new`, SOCKET_NAME, LOCK_FILE];
    await folder.clear(files);
    return;
  }
  const { ownership } = remembered;
  ownership.remove(ownership.things());
  ownership.add({
    virtualServers: remains.servers,
    addresses: remains.addresses,
  });
  const journal = formatJournal({ ...remembered, drains: new Drains() });
  await folder.replace(STATE_FILE, journal);
}

/** Settings that have the very value that the agent would give them. */
async function settingsAsOurs(
  runner: CommandRunner,
  facts: HostFacts,
): Promise<readonly string[]> {
  const wanted = planSysctls(resolveSettings(parseRunFlags([])), facts);
  const { sysctls } = createHost(runner, "legacy");
  try {
    const present = await sysctls.read(wanted.map(({ name }) => name));
    return wanted.flatMap(({ name, value, adapt }) => {
      const now = present.get(name)?.trim();
      const isOurs = now !== undefined && now === (adapt?.(now) ?? value);
      return isOurs ? [`setting ${name}=${now}`] : [];
    });
  } catch {
    return []; // they are only told of
  }
}
