/**
 * The matrix as text: `tests/lab/matrix.txt`.
 *
 * @module
 */

/** Kinds of frontend, in the order of the columns of the report. */
export const KINDS = [
  "cluster-ip",
  "external-ip",
  "load-balancer",
  "node-port",
] as const;

/** How a Service is addressed. */
export type Kind = typeof KINDS[number];

/** What a client may get: one of these. */
export type Outcome = "refused" | "dropped" | `${string} as ${string}`;

/** One thing to try, in every protocol and family. */
export interface Row {
  /** Name of the Service. */
  readonly service: string;
  /** How it is addressed. */
  readonly kind: Kind;
  /** Who asks. */
  readonly client: string;
  /** What is right. */
  readonly expected: readonly Outcome[];
}

/**
 * Reads the table; one line may stand for several rows.
 *
 * @throws {Error} at a line that cannot be read, or a row that stands twice
 */
export function parseMatrix(text: string): Row[] {
  const rows = new Map<string, Row>();
  for (const [at, line] of text.split("\n").entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const match = /^(\S+)\s+(\S+)\s+(\S+)\s+(\S.*?)\s*$/.exec(line);
    if (match === null) throw new Error(`Cannot read line ${at + 1}: ${line}`);
    const [, services = "", kinds = "", clients = "", answer = ""] = match;
    const expected = answer.split(" or ").map((one) => outcomeOf(one, at + 1));
    for (const service of services.split(",")) {
      for (const kind of kinds.split(",")) {
        for (const client of clients.split(",")) {
          const key = `${service} ${kind} ${client}`;
          if (rows.has(key)) throw new Error(`Cannot have twice: ${key}`);
          rows.set(key, { service, kind: kindOf(kind), client, expected });
        }
      }
    }
  }
  return [...rows.values()];
}

function outcomeOf(text: string, line: number): Outcome {
  if (text === "refused" || text === "dropped") return text;
  if (/^\S+ as \S+$/.test(text)) return text as Outcome;
  throw new Error(`Cannot read the answer in line ${line}: ${text}`);
}

function kindOf(text: string): Kind {
  const kind = KINDS.find((one) => one === text);
  if (kind === undefined) throw new Error(`Cannot use kind ${text}`);
  return kind;
}
