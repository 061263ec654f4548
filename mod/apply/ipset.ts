import type { IpFamily } from "#model";
import { SET_PREFIX, type SetEntry, setName } from "#plan";
import {
  formatAdd,
  formatAddEntry,
  formatCreate,
  formatDeleteEntry,
  parseIpsetSave,
  setCapacity,
  setType,
} from "./ipset_text.ts";
import {
  batchFailed,
  nonEmptyLines,
  runBatch,
  runCommand,
} from "./run_command.ts";
import { safeWord } from "./safe_text.ts";
import type { Argv, CommandRunner, IpSets, ObservedSet } from "./types.ts";

const SAVE: Argv = ["ipset", "save"];
const RESTORE: Argv = ["ipset", "restore", "-exist"];

/** What one of our sets must hold. */
type Need = Parameters<IpSets["ensure"]>[0][number];

/** Our ipsets through ipset(8). */
export function createIpSets(runner: CommandRunner): IpSets {
  return {
    async list(isAsked) {
      return parseIpsetSave(await runCommand(runner, SAVE), isAsked);
    },
    async ensure(needs, observed) {
      const lines = needs.flatMap((need) => ensureLines(need, observed));
      if (lines.length === 0) return;
      await restoreLines(runner, [...leftoverLines(observed), ...lines]);
    },
    async restore({ add, delete: remove }) {
      await restoreLines(runner, [
        ...bySet(add).map(formatAddEntry),
        ...bySet(remove).map(formatDeleteEntry),
      ]);
    },
    async destroy(names) {
      await restoreLines(
        runner,
        names.map((name) => `destroy ${safeWord("a set", name)}`),
      );
    },
  };
}

async function restoreLines(
  runner: CommandRunner,
  lines: readonly string[],
): Promise<void> {
  if (lines.length === 0) return;
  const result = await runBatch(runner, RESTORE, lines);
  if (result.code === 0) return;
  throw batchFailed(RESTORE, result, nonEmptyLines(result.stderr));
}

/**
 * Entries of one set after each other: ipset then sends many with one message.
 * Sets keep the order of their first entry.
 */
function bySet(entries: readonly SetEntry[]): readonly SetEntry[] {
  const groups = new Map<string, SetEntry[]>();
  for (const entry of entries) {
    const name = setName(entry.set, entry.family);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [entry]);
    else group.push(entry);
  }
  return [...groups.values()].flat();
}

/** Our own name for a set that is about to be swapped in. */
function temporaryName(family: IpFamily): string {
  return `${SET_PREFIX[family]}NEXT`;
}

function ensureLines(
  need: Need,
  observed: ReadonlyMap<string, ObservedSet>,
): readonly string[] {
  const name = setName(need.set, need.family);
  const type = setType(need.set, need.family);
  const set = observed.get(name);
  if (set === undefined) return [formatCreate(name, type, need.elements)];
  const isSmall = set.maxElements !== undefined &&
    set.maxElements < setCapacity(need.elements);
  if (set.type === type && !isSmall) return [];
  return replaceLines(need, set);
}

/** A batch that was cut short may have left its temporary set. */
function leftoverLines(
  observed: ReadonlyMap<string, ObservedSet>,
): readonly string[] {
  return (["ipv4", "ipv6"] as const).map(temporaryName)
    .filter((name) => observed.has(name)).map((name) => `destroy ${name}`);
}

/**
 * The new set is filled before it is swapped in, so that no packet ever meets
 * an empty one. Marks are kept only between sets that both carry them.
 */
function replaceLines(
  need: Need,
  set: ObservedSet,
): readonly string[] {
  const type = setType(need.set, need.family);
  const next = temporaryName(need.family);
  const elements = Math.max(need.elements, set.elements.size);
  const create = formatCreate(next, type, elements);
  if (baseType(type) !== baseType(set.type)) {
    // The kernel swaps like with like only. It goes if no rule holds it, and
    // the error says so if one does; it is full before a rule can.
    return [
      `destroy ${set.name}`,
      create.replace(next, set.name),
      ...(need.entries ?? []).map(formatAddEntry),
    ];
  }
  const marked = type.endsWith(" skbinfo");
  const adds = [...set.elements].map(([element, mark]) =>
    formatAdd(next, element, marked && !Number.isNaN(mark) ? mark : undefined)
  );
  return [
    create,
    ...adds,
    `swap ${next} ${set.name}`,
    `destroy ${next}`,
  ];
}

/** What two sets must share to be swapped. */
function baseType(type: string): string {
  return /^\S+(?: family \S+)?/.exec(type)?.[0] ?? type;
}
