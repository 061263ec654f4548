import {
  type Drain,
  Drains,
  type OwnedThings,
  Ownership,
  type StaleFlow,
} from "#diff";
import type { IpAddress } from "#model";
import {
  type DrainTarget,
  type FrontendKey,
  parseDrainTarget,
  type RealServerKey,
  type VirtualServerKey,
} from "#plan";
import type { HandDrain } from "./types.ts";

/** First line of the file; another version is not read. */
export const JOURNAL_HEADER = "kube-proxy-state 1";

/** What the journal remembers. */
export interface Remembered {
  /** What is drained by hand. */
  readonly handDrains: Map<DrainTarget, HandDrain>;
  /** What is ours. */
  readonly ownership: Ownership;
  /** Drains in progress. */
  readonly drains: Drains;
  /** Tracked connections that are to be deleted, by `flowName`. */
  readonly flows: Map<string, StaleFlow>;
}

/** What tells stale tracked connections apart. */
export function flowName(
  { protocol, address, port, realServer }: StaleFlow,
): string {
  const all = `${protocol} ${address} ${port}`;
  return realServer === undefined ? all : `${all} ${realServer}`;
}

/** Lines that record (`+`) or strike out (`-`) stale tracked connections. */
export function formatFlows(
  sign: "+" | "-",
  flows: Iterable<StaleFlow>,
): string {
  return [...flows].map((flow) => `${sign}f ${flowName(flow)}\n`).join("");
}

/** Lines that record (`+`) or strike out (`-`) things. */
export function formatThings(sign: "+" | "-", things: OwnedThings): string {
  const lines: string[] = [];
  for (const key of things.virtualServers) lines.push(`${sign}v ${key}\n`);
  for (const address of things.addresses) lines.push(`${sign}a ${address}\n`);
  return lines.join("");
}

/** The line that records (`+`) or strikes out (`-`) a drain. */
export function formatDrain(sign: "+" | "-", drain: Drain): string {
  const name = `${drain.key} -r ${drain.realServerKey}`;
  if (sign === "-") return `-d ${name}\n`;
  const { startedMs, goneMs, deadlineMs, frontend } = drain;
  const words = [name, startedMs, goneMs ?? "-", deadlineMs, frontend ?? ""];
  return `+d ${words.join(" ").trimEnd()}\n`;
}

/** The line that records (`+`) or strikes out (`-`) a drain by hand. */
export function formatHandDrain(sign: "+" | "-", drain: HandDrain): string {
  const { target, startedMs, deadlineMs } = drain;
  return sign === "-"
    ? `-h ${target}\n`
    : `+h ${target} ${startedMs} ${deadlineMs}\n`;
}

/** The whole file afresh, with the times of drains so much later, ms. */
export function formatJournal(
  { ownership, drains, handDrains, flows }: Remembered,
  laterMs: number = 0,
): string {
  return JOURNAL_HEADER + "\n" + formatThings("+", ownership.things()) +
    [...drains.all()]
      .map((drain) => formatDrain("+", later(drain, laterMs))).join("") +
    [...handDrains.values()]
      .map((drain) => formatHandDrain("+", later(drain, laterMs))).join("") +
    formatFlows("+", flows.values());
}

/** A drain with all its times so much later, ms. */
export function later<Timed extends Drain | HandDrain>(
  drain: Timed,
  ms: number,
): Timed {
  const { startedMs, deadlineMs } = drain;
  const goneMs = "goneMs" in drain ? drain.goneMs : undefined;
  return {
    ...drain,
    startedMs: startedMs + ms,
    deadlineMs: deadlineMs + ms,
    ...(goneMs === undefined ? {} : { goneMs: goneMs + ms }),
  };
}

/**
 * Reads the file. A last line without its end was torn by a crash: it told of
 * something that had not been made yet. Undefined when the text is of another
 * version, or none of ours.
 */
export function parseJournal(text: string): Remembered | undefined {
  const lines = text.split("\n");
  lines.pop();
  if (lines[0] !== JOURNAL_HEADER) return undefined;
  const remembered = nothingRemembered();
  for (const line of lines.slice(1)) replay(line, remembered);
  return remembered;
}

/** What is known without a journal. */
export function nothingRemembered(): Remembered {
  return {
    ownership: new Ownership(),
    drains: new Drains(),
    handDrains: new Map(),
    flows: new Map(),
  };
}

function replay(line: string, remembered: Remembered): void {
  const { ownership, drains, handDrains, flows } = remembered;
  const sign = line[0];
  const body = line.slice(3);
  if (line[1] === "f") {
    const flow = parseFlow(body);
    if (flow !== undefined && sign === "+") flows.set(body, flow);
    else if (sign === "-") flows.delete(body);
    return;
  }
  if (line[1] === "h") {
    const drain = parseHandDrain(body);
    if (drain !== undefined && sign === "+") {
      handDrains.set(drain.target, drain);
    } else if (drain !== undefined) handDrains.delete(drain.target);
    return;
  }
  if (line[1] === "d") {
    const drain = parseDrain(body);
    if (drain !== undefined && sign === "+") drains.put(drain);
    else if (drain !== undefined) drains.remove(drain);
    return;
  }
  const things = parseThing(line[1], body);
  if (things === undefined) return;
  if (sign === "+") ownership.add(things);
  else if (sign === "-") ownership.remove(things);
}

const NOTHING: OwnedThings = {
  virtualServers: [],
  addresses: [],
};

/** Key of a virtual server; nonsense has no frontend and no connections. */
const SERVER = /^(?:(?:-[tu]|--sctp-service) \S+:\d+|-f \d+(?: -6)?)$/;

function parseThing(
  letter: string | undefined,
  body: string,
): OwnedThings | undefined {
  switch (letter) {
    case "v":
      if (!SERVER.test(body)) return undefined;
      return { ...NOTHING, virtualServers: [body as VirtualServerKey] };
    case "a":
      return { ...NOTHING, addresses: [body as IpAddress] };
    default:
      return undefined;
  }
}

/** A time; nonsense is long ago, so that nothing lasts for ever. */
function numberOf(text: string | undefined): number {
  const number = Number(text ?? 0);
  return Number.isFinite(number) ? number : 0;
}

function parseHandDrain(body: string): HandDrain | undefined {
  const [text = "", started, deadline] = body.split(" ");
  const target = parseDrainTarget(text);
  if (target === undefined) return undefined;
  const [startedMs, deadlineMs] = [numberOf(started), numberOf(deadline)];
  return { target, startedMs, deadlineMs };
}

function parseFlow(body: string): StaleFlow | undefined {
  const [protocol, address, port, realServer] = body.split(" ");
  if (protocol !== "udp" && protocol !== "sctp") return undefined;
  if (address === undefined || !/^\d+$/.test(port ?? "")) return undefined;
  return {
    protocol,
    address: address as IpAddress,
    port: Number(port),
    ...(realServer === undefined
      ? {}
      : { realServer: realServer as RealServerKey }),
  };
}

const FRONTEND = /^(?:tcp|udp|sctp)\/\S+:\d+$/;

function parseDrain(body: string): Drain | undefined {
  const [key = "", rest = ""] = body.split(" -r ");
  const [realServer, started, gone, deadline, frontend = ""] = rest.split(" ");
  if (realServer === undefined) return undefined;
  const startedMs = numberOf(started);
  const deadlineMs = numberOf(deadline);
  const goneMs = gone === "-" ? undefined : numberOf(gone);
  return {
    key: key as VirtualServerKey,
    realServerKey: realServer as RealServerKey,
    startedMs,
    ...(gone === undefined || goneMs === undefined ? {} : { goneMs }),
    deadlineMs,
    ...(FRONTEND.test(frontend) ? { frontend: frontend as FrontendKey } : {}),
  };
}
