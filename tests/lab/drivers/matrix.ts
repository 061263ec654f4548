/**
 * Tries every row of `tests/lab/matrix.txt`: each client and kind of frontend
 * is one step, all its dials at once.
 *
 * @module
 */

import {
  type DialOptions,
  drive,
  FAMILIES,
  type Family,
} from "../guest/mod.ts";
import { outcomeOf } from "./matrix/judge.ts";
import {
  addressOf,
  makeScene,
  portOf,
  PROTOCOLS,
  type Scene,
} from "./matrix/scene.ts";
import { KINDS, parseMatrix, type Row } from "./matrix/table.ts";

/** Dials of one row; real servers are taken in turn. */
const TRIES = 3;
/** Nothing was heard for so long: dropped. */
const DROPPED_MS = 1_500;
/**
 * A hundred dials go at once on one CPU, so that a refusal may come late; that
 * dial is made once more. The kernel's limit of ICMP would make many late.
 */
const MOST_LATE = 6;

/**
 * Every dial has a source port that no other had: two that share one toward
 * the same endpoint at once are a limit of IPVS (docs/packets.md), and no row
 * of the matrix. These are none that a kernel chooses.
 */
const FIRST_PORT = 10_300;
const LAST_PORT = 29_999;
let lastPort = FIRST_PORT;
let late = 0;

/** How many times as long a slow guest is given. */
let patience = 1;

/** What a row showed in one protocol and family. */
interface Seen {
  readonly row: Row;
  readonly protocol: typeof PROTOCOLS[number];
  readonly family: Family;
  readonly outcomes: readonly string[];
}

await drive(async (driver) => {
  const rows = parseMatrix(driver.config.parameters["table"] ?? "");
  patience = Number(driver.config.parameters["patience"] ?? 1);
  const scene = await makeScene(driver);
  let tried = 0;
  const failures: Seen[] = [];
  for (const kind of KINDS) {
    for (const client of scene.clients.keys()) {
      const group = rows.filter((row) =>
        row.kind === kind && row.client === client
      );
      if (group.length === 0) continue;
      await driver.step(`${client} to ${kind}`, async () => {
        const seen = await Promise.all(
          group.flatMap((row) =>
            PROTOCOLS.flatMap((protocol) =>
              FAMILIES.map((family) => tryRow(scene, row, protocol, family))
            )
          ),
        );
        tried += seen.length;
        for (const row of group) driver.say(summary(row, seen));
        const wrong = seen.filter((one) => !isRight(one));
        failures.push(...wrong);
        if (wrong.length > 0) throw new Error(wrong.map(describe).join("\n"));
      });
    }
  }
  driver.say(
    `${tried} rows tried, ${failures.length} differ, ${late} refusals were late`,
  );
});

async function tryRow(
  scene: Scene,
  row: Row,
  protocol: Seen["protocol"],
  family: Family,
): Promise<Seen> {
  const from = scene.clients.get(row.client);
  if (from === undefined) throw new Error(`Cannot find client ${row.client}`);
  const options: DialOptions = {
    protocol,
    address: row.kind === "node-port"
      ? scene.cluster.node("node-1")[family]
      : addressOf(row.service, row.kind, family),
    port: portOf(row.service, row.kind),
    timeoutMs: DROPPED_MS * patience,
  };
  const dial = () =>
    scene.cluster.dial(from, { ...options, sourcePort: nextPort() });
  const outcomes: string[] = [];
  for (let at = 0; at < TRIES; at++) {
    let result = await dial();
    let outcome = outcomeOf(result, scene.roles, patience);
    if (outcome.startsWith("refused after") && ++late <= MOST_LATE) {
      result = await dial();
      outcome = outcomeOf(result, scene.roles, patience);
    }
    outcomes.push(outcome);
    // Once is enough to see that nothing comes.
    if (result.failure === "timed-out") break;
  }
  return { row, protocol, family, outcomes };
}

function nextPort(): number {
  lastPort = lastPort === LAST_PORT ? FIRST_PORT : lastPort + 1;
  return lastPort;
}

/** Every outcome is allowed; with affinity all are the same. */
function isRight({ row, outcomes }: Seen): boolean {
  const allowed: readonly string[] = row.expected;
  const isSame = !row.service.endsWith("-client") ||
    new Set(outcomes).size === 1;
  return isSame && outcomes.every((outcome) => allowed.includes(outcome));
}

/** One line for a row: all that was seen, in every protocol and family. */
function summary(row: Row, seen: readonly Seen[]): string {
  const own = seen.filter((one) => one.row === row);
  const outcomes = new Set(own.flatMap((one) => one.outcomes));
  const right = own.filter(isRight).length;
  return `${row.service.padEnd(15)} ${row.kind.padEnd(14)} ` +
    `${row.client.padEnd(8)} ${[...outcomes].sort().join(" or ")} ` +
    `(${right} of ${own.length})`;
}

function describe({ row, protocol, family, outcomes }: Seen): string {
  return `${row.service} ${row.kind} ${row.client} ${protocol} ${family}: ` +
    `wanted ${row.expected.join(" or ")}, saw ${outcomes.join(", ")}`;
}
