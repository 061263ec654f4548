/** One condition of a rule. */
export interface Condition {
  /** Option: "-s", "--match-set". */
  readonly option: string;
  /** Its values. */
  readonly values: readonly string[];
  /** Whether it must not hold. */
  readonly isNegated: boolean;
}

/** A rule in parts. */
export interface ParsedRule {
  /** All must hold; empty: it always matches. */
  readonly conditions: readonly Condition[];
  /** Name behind `-j` or `-g`; empty: none. */
  readonly target: string;
  /** Whether it is `-g`: the calling chain is not returned to. */
  readonly isGoto: boolean;
  /** Options of the target, as words. */
  readonly options: readonly string[];
}

/** How many values an option takes; those not listed take what follows. */
const VALUES: Readonly<Record<string, number>> = { "--match-set": 2 };

/** Words of a rule; quotes group. */
function splitWords(rule: string): string[] {
  return [...rule.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map((match) =>
    match[2] ?? (match[1] ?? "").replace(/\\(.)/g, "$1")
  );
}

/** Takes a rule apart, as `iptables-save` prints it behind `-A CHAIN`. */
export function parseRule(rule: string): ParsedRule {
  const words = splitWords(rule);
  const conditions: Condition[] = [];
  let isNegated = false;
  for (let at = 0; at < words.length;) {
    const word = words[at++]!;
    if (word === "!") {
      isNegated = true;
      continue;
    }
    if (word === "-j" || word === "-g") {
      return {
        conditions,
        target: words[at] ?? "",
        isGoto: word === "-g",
        options: words.slice(at + 1),
      };
    }
    const count = VALUES[word] ?? countValues(words, at);
    const values = words.slice(at, at + count);
    at += count;
    conditions.push({ option: word, values, isNegated });
    isNegated = false;
  }
  return { conditions, target: "", isGoto: false, options: [] };
}

function countValues(words: readonly string[], from: number): number {
  let count = 0;
  for (const word of words.slice(from)) {
    if (word === "!" || /^--?[a-zA-Z]/.test(word)) break;
    count++;
  }
  return count;
}
