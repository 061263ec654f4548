import type { IpFamily } from "#model";
import { countRules } from "#plan";
import { CommandError } from "./errors.ts";
import {
  batchFailed,
  commandFailed,
  nonEmptyLines,
  runCommand,
} from "./run_command.ts";
import type { Argv, CommandRunner, Iptables } from "./types.ts";

/**
 * How long one try waits for others' lock, in seconds. It is short, since
 * nothing else is done meanwhile; whoever tries again decides how often.
 */
const LOCK_WAIT_SECONDS = 1;
const RESTORE_TIMEOUT_MS = 30_000;

/** Which of the two implementations holds the host's rules. */
export type IptablesBackEnd = Iptables["backEnd"];

/** Rules through iptables-save(8) and iptables-restore(8). */
export function createIptables(
  runner: CommandRunner,
  backEnd: IptablesBackEnd,
): Iptables {
  return {
    backEnd,
    async save(family) {
      return await runCommand(runner, [programName(family, backEnd, "save")]);
    },
    async restore(family, document) {
      await restoreDocument(runner, {
        program: programName(family, backEnd, "restore"),
        document,
      });
    },
  };
}

function programName(
  family: IpFamily,
  backEnd: IptablesBackEnd,
  verb: "save" | "restore",
): string {
  return `${family === "ipv4" ? "iptables" : "ip6tables"}-${backEnd}-${verb}`;
}

async function restoreDocument(
  runner: CommandRunner,
  { program, document }: {
    readonly program: string;
    readonly document: string;
  },
): Promise<void> {
  const argv: Argv = [program, "--noflush", "-w", String(LOCK_WAIT_SECONDS)];
  const result = await runner.run(argv, {
    stdin: document,
    timeoutMs: RESTORE_TIMEOUT_MS,
  });
  if (result.code === 0) return;
  const refusals = nonEmptyLines(result.stderr).filter((line) =>
    !line.startsWith("Try `")
  );
  throw batchFailed(argv, result, refusals);
}

/** What was found, and why. */
export interface FoundBackEnd {
  /** The back end to use. */
  readonly backEnd: IptablesBackEnd;
  /** Why, for the log. */
  readonly reason: string;
  /**
   * Kubernetes' chains in the other back end, which see every packet too;
   * empty: none, as it should be.
   */
  readonly strayChains: readonly string[];
}

/** Chains that a kubelet makes in the back end that it uses. */
const KUBELET_CHAIN = /^:KUBE-(?:IPTABLES-HINT|KUBELET-CANARY) /m;
/** Chains of any part of Kubernetes, ours included. */
const KUBERNETES_CHAIN = /^:(KUBE-\S+) /gm;
/**
 * While another program has the kernel load a table's module, a write may find
 * the table half made and fail; so none is believed at once.
 */
const WRITE_TRIES = 2;
/** Makes and deletes a chain: says whether the kernel takes writes. */
const SCRATCH_WRITE = "*mangle\n:KUBE-VS-SCRATCH - [0:0]\n" +
  "-X KUBE-VS-SCRATCH\nCOMMIT\n";

/**
 * Finds the back end that holds the host's rules: the kubelet's own chains
 * decide, then who has more rules, then which takes a write. `-L` is never
 * asked: iptables-nft answers it even where every write fails.
 *
 * @throws {CommandError} when neither back end can be used
 */
export async function findIptablesBackEnd(
  runner: CommandRunner,
): Promise<FoundBackEnd> {
  const saved = {
    nft: await savedText(runner, "nft"),
    legacy: await savedText(runner, "legacy"),
  };
  const found = findInSaved(saved) ?? await findByScratchWrite(runner, saved);
  const other = found.backEnd === "nft" ? "legacy" : "nft";
  const chains = (saved[other] ?? "").matchAll(KUBERNETES_CHAIN);
  return {
    ...found,
    strayChains: [...new Set([...chains].map(([, name = ""]) => name))],
  };
}

/** What each back end holds; undefined: it is not installed. */
type Saved = Readonly<Record<IptablesBackEnd, string | undefined>>;
type Choice = Pick<FoundBackEnd, "backEnd" | "reason">;

function findInSaved(saved: Saved): Choice | undefined {
  for (const backEnd of ["nft", "legacy"] as const) {
    if (KUBELET_CHAIN.test(saved[backEnd] ?? "")) {
      return { backEnd, reason: "the kubelet's chains are there" };
    }
  }
  const counts = {
    nft: countRules(saved.nft ?? ""),
    legacy: countRules(saved.legacy ?? ""),
  };
  if (counts.nft === counts.legacy) return undefined;
  const backEnd = counts.nft > counts.legacy ? "nft" : "legacy";
  return {
    backEnd,
    reason: `it holds ${counts[backEnd]} rules, the other one ` +
      `${Math.min(counts.nft, counts.legacy)}`,
  };
}

/** Rules of both families; undefined when the program is not there. */
async function savedText(
  runner: CommandRunner,
  backEnd: IptablesBackEnd,
): Promise<string | undefined> {
  let text = "";
  for (const family of ["ipv4", "ipv6"] as const) {
    const argv: Argv = [programName(family, backEnd, "save")];
    try {
      const result = await runner.run(argv);
      if (result.code === 0) text += result.stdout;
    } catch (error) {
      if (!isMissing(error)) throw error;
      // A host may do without IPv6, not without IPv4.
      if (family === "ipv4") return undefined;
    }
  }
  return text;
}

function isMissing(error: unknown): boolean {
  return error instanceof CommandError && error.failure === "missing";
}

async function findByScratchWrite(
  runner: CommandRunner,
  saved: Saved,
): Promise<Choice> {
  let last: CommandError | undefined;
  for (const backEnd of ["nft", "legacy"] as const) {
    if (saved[backEnd] === undefined) continue;
    const program = programName("ipv4", backEnd, "restore");
    const argv: Argv = [program, "--noflush", "-w", String(LOCK_WAIT_SECONDS)];
    for (let tries = 0; tries < WRITE_TRIES; tries++) {
      const result = await runner.run(argv, { stdin: SCRATCH_WRITE });
      if (result.code === 0) {
        return { backEnd, reason: "no rules yet, and it takes writes" };
      }
      last = commandFailed(argv, result);
    }
  }
  throw last ?? new CommandError(
    ["iptables-nft-save"],
    "neither iptables-nft-save nor iptables-legacy-save is on PATH; " +
      "install the package iptables",
    { failure: "missing" },
  );
}
