import { type Answer, fails, misuse, says } from "./misuse.ts";
import {
  copyTable,
  type FakeChain,
  type FakeTables,
  isJumpedTo,
  joinWords,
  newTable,
  ruleFault,
  saveTables,
  splitWords,
} from "./iptables_tables.ts";

/** Back ends and families that exist beside each other. */
export type FakeIptablesKind =
  | "iptables-nft"
  | "iptables-legacy"
  | "ip6tables-nft"
  | "ip6tables-legacy";

/** iptables 1.8.9, both back ends, both families. */
export class FakeIptables {
  /** Tables by back end and family; tests may edit them. */
  readonly tables: Readonly<Record<FakeIptablesKind, FakeTables>> = {
    "iptables-nft": new Map(),
    "iptables-legacy": new Map(),
    "ip6tables-nft": new Map(),
    "ip6tables-legacy": new Map(),
  };
  /** False: the kernel refuses every write of that back end. */
  readonly works = { nft: true, legacy: true };
  /** False: raw sockets are refused, as without CAP_NET_RAW (legacy only). */
  hasRawSockets = true;
  /** True: another program holds /run/xtables.lock for ever (legacy only). */
  lockHeld = false;
  readonly #hasSet: (name: string) => boolean;

  /** `hasSet`: whether the kernel has a set. */
  constructor(hasSet: (name: string) => boolean) {
    this.#hasSet = hasSet;
  }

  run(program: string, parameters: readonly string[], stdin: string): Answer {
    const match = /^(ip6?tables-(?:nft|legacy))-(save|restore)$/.exec(program);
    if (match === null) return misuse("iptables", program);
    const kind = match[1] as FakeIptablesKind;
    if (match[2] === "restore") return this.#restore(kind, parameters, stdin);
    const table = parameters[0] === "-t" ? parameters[1] : undefined;
    if (parameters.length !== (table === undefined ? 0 : 2)) {
      return misuse(program, parameters.join(" "));
    }
    return this.#save(kind, table);
  }

  /** Whether any rule of any back end names the set. */
  namesSet(name: string): boolean {
    const pattern = `-set ${name} `;
    return Object.values(this.tables).some((tables) =>
      [...tables.values()].some((chains) =>
        [...chains.values()].some(({ rules }) =>
          rules.some((rule) => rule.includes(pattern))
        )
      )
    );
  }

  /** Applies a document as a foreigner would; throws if refused. */
  edit(kind: FakeIptablesKind, document: string): void {
    const answer = this.#apply(kind, document);
    if (answer.code !== 0) throw new Error(answer.stderr);
  }

  /** `nft flush ruleset`, or its like: all tables of a back end vanish. */
  flushRuleset(kind: FakeIptablesKind): void {
    this.tables[kind].clear();
  }

  #save(kind: FakeIptablesKind, table: string | undefined): Answer {
    if (kind.endsWith("legacy")) {
      // Without tables, none is opened.
      const opens = table !== undefined || this.tables[kind].size > 0;
      const why = opens && !this.hasRawSockets
        ? "Permission denied (you must be root)"
        : table !== undefined && newTable(table) === undefined
        ? "Table does not exist (do you need to insmod?)"
        : undefined;
      if (why !== undefined) {
        const program = kind.replace("-legacy", "-save");
        return fails(
          1,
          `${program} v1.8.9 (legacy): Cannot initialize: ${why}\n`,
        );
      }
    }
    const other = kind.replace("nft", "legacy") as FakeIptablesKind;
    const warns = other !== kind && this.tables[other].size > 0;
    return {
      code: 0,
      stdout: saveTables(this.tables[kind], table),
      stderr: warns
        ? `# Warning: ${other} tables present, use ${other}-save to see them\n`
        : "",
    };
  }

  #restore(
    kind: FakeIptablesKind,
    parameters: readonly string[],
    stdin: string,
  ): Answer {
    const text = parameters.join(" ");
    const wait = /^--noflush (?:-w|--wait) (\d+)$/.exec(text);
    if (wait === null) misuse(`${kind}-restore`, `"${text}"`);
    const legacy = kind.endsWith("legacy");
    if (legacy && this.lockHeld) {
      return fails(
        4,
        "Can't lock /run/xtables.lock: Resource temporarily unavailable\n" +
          "Another app is currently holding the xtables lock. Stopped " +
          `waiting after ${wait[1]}s.\n`,
      );
    }
    return this.#apply(kind, stdin);
  }

  /** Each table stands or falls alone; earlier ones stay committed. */
  #apply(kind: FakeIptablesKind, document: string): Answer {
    let open: { name: string; chains: Map<string, FakeChain> } | undefined;
    const lines = document.split("\n");
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i]!.trim();
      if (line === "" || line.startsWith("#")) continue;
      const refuse = (why: string): Answer => refusal(kind, i + 1, why);
      if (line.startsWith("*")) {
        const name = line.slice(1);
        const isRefused = kind.endsWith("legacy") && !this.hasRawSockets;
        const chains = isRefused
          ? undefined
          : this.tables[kind].get(name) ?? newTable(name);
        if (chains === undefined) {
          return refuse(`unable to initialize table '${name}'`);
        }
        open = { name, chains: copyTable(chains) };
      } else if (open === undefined) return refuse("");
      else if (line === "COMMIT") {
        const works = this.works[kind.endsWith("nft") ? "nft" : "legacy"];
        if (!works) {
          return fails(
            4,
            `${kind}-restore v1.8.9 (nf_tables):  TABLE_ADD failed ` +
              `(Operation not supported): table ${open.name}\n`,
          );
        }
        this.tables[kind].set(open.name, open.chains);
        open = undefined;
      } else {
        const why = applyLine(open.chains, line, this.#hasSet);
        if (why !== undefined) return refuse(why);
      }
    }
    if (open === undefined) return says("");
    return fails(1, `${kind}-restore: COMMIT expected at line ${lines.length}`);
  }
}

function refusal(kind: FakeIptablesKind, line: number, why: string): Answer {
  const program = `${kind}-restore`;
  if (why === "") return fails(1, `${program}: line ${line} failed\n`);
  return fails(
    2,
    `${program} v1.8.9: ${why}\n\nError occurred at line: ${line}\n` +
      `Try \`${program} -h' or '${program} --help' for more information.\n`,
  );
}

/** Why a line is refused: "" when the kernel does so without a word. */
function applyLine(
  chains: Map<string, FakeChain>,
  line: string,
  hasSet: (name: string) => boolean,
): string | undefined {
  if (line.startsWith(":")) return declareChain(chains, line);
  const [verb = "", name = "", ...rest] = splitWords(line);
  const chain = chains.get(name);
  switch (verb) {
    case "-N":
      if (chain !== undefined) return "";
      chains.set(name, { policy: "-", rules: [] });
      return undefined;
    case "-F":
      chain?.rules.splice(0);
      return chain === undefined ? "" : undefined;
    case "-X":
      return deleteChain(chains, name);
    case "-A":
    case "-I":
    case "-D":
      if (chain === undefined) return "";
      return changeRules(
        chain,
        { verb, rest },
        (words) => ruleFault(words, chains, hasSet),
      );
    default:
      return misuse("iptables-restore", `the line "${line}"`);
  }
}

function declareChain(
  chains: Map<string, FakeChain>,
  line: string,
): string | undefined {
  const match = /^:(\S+) (\S+)(?: \[\d+:\d+\])?$/.exec(line);
  if (match === null) misuse("iptables-restore", `the line "${line}"`);
  const [, name = "", policy = ""] = match;
  if (name.length > 28) {
    return `Invalid chain name \`${name}' (${name.length} chars)`;
  }
  const chain = chains.get(name);
  if (chain === undefined) chains.set(name, { policy, rules: [] });
  else if (policy === "-") chain.rules.splice(0);
  else chain.policy = policy;
  return undefined;
}

function deleteChain(
  chains: Map<string, FakeChain>,
  name: string,
): string | undefined {
  const chain = chains.get(name);
  const refused = chain === undefined || chain.policy !== "-" ||
    chain.rules.length > 0 || isJumpedTo(chains, name);
  if (refused) return "";
  chains.delete(name);
  return undefined;
}

function changeRules(
  chain: FakeChain,
  change: { readonly verb: string; readonly rest: readonly string[] },
  fault: (words: readonly string[]) => string | undefined,
): string | undefined {
  const numbered = /^\d+$/.test(change.rest[0] ?? "");
  const at = numbered ? Number(change.rest[0]) : 1;
  const words = numbered ? change.rest.slice(1) : change.rest;
  const rule = joinWords(words);
  if (change.verb === "-D") {
    const index = numbered && words.length === 0
      ? at - 1
      : chain.rules.indexOf(rule);
    if (index < 0 || index >= chain.rules.length) return "";
    chain.rules.splice(index, 1);
    return undefined;
  }
  const why = fault(words);
  if (why !== undefined) return why;
  if (change.verb === "-A") chain.rules.push(rule);
  else if (at > chain.rules.length + 1) return "";
  else chain.rules.splice(at - 1, 0, rule);
  return undefined;
}
