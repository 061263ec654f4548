import type {
  FrontendKind,
  Scheduler,
  SchedulerFlag,
  ServiceWishes,
} from "./types.ts";
import { isRecord, type JsonRecord } from "./json.ts";
import type { Rejections } from "./rejections.ts";
import { quote } from "./text.ts";

/** All schedulers that the kernel may have. */
export const SCHEDULERS: readonly Scheduler[] = [
  "rr",
  "wrr",
  "lc",
  "wlc",
  "fo",
  "ovf",
  "lblc",
  "lblcr",
  "sh",
  "dh",
  "mh",
  "sed",
  "nq",
];
/** All scheduler flags. */
export const SCHEDULER_FLAGS: readonly SchedulerFlag[] = [
  "sh-fallback",
  "sh-port",
  "mh-fallback",
  "mh-port",
];
/** All kinds of frontend. */
export const FRONTEND_KINDS: readonly FrontendKind[] = [
  "cluster-ip",
  "external-ip",
  "load-balancer",
  "node-port",
];
/** What all annotations of this proxy begin with. */
export const WISH_PREFIX = "ipvs.kube-proxy.io/";
/** Annotation of kube-router that means the same as `scheduler`. */
export const KUBE_ROUTER_SCHEDULER = "kube-router.io/service.scheduler";
/** Most zones that one Service may weigh. */
const MAX_ZONES = 100;
/** Longest annotation that is read, in characters. */
const MAX_WISH_LENGTH = 4096;
const MAX_DRAIN_SECONDS = 30 * 24 * 3600;
const UNIT_SECONDS: Readonly<Record<string, number>> = {
  "": 1,
  s: 1,
  m: 60,
  h: 3600,
};
const NO_KINDS: ReadonlySet<FrontendKind> = new Set();
const NO_WISHES: ServiceWishes = { leaveAlone: NO_KINDS };
/** A wish that may be changed while it is read. */
type Draft = { -readonly [Key in keyof ServiceWishes]: ServiceWishes[Key] };
/** Reads the text of one annotation; gives the reason when it cannot. */
type WishReader = (text: string, draft: Draft) => string | undefined;

const READERS: ReadonlyMap<string, WishReader> = new Map<string, WishReader>([
  ["scheduler", readScheduler],
  ["scheduler-flags", readSchedulerFlags],
  ["local-weight", readLocalWeight],
  ["zone-weights", readZoneWeights],
  ["leave-alone", readLeaveAlone],
  ["drain-limit", readDrainLimit],
  ["restrict-node-ports", readRestrictNodePorts],
]);

/**
 * What the annotations of a Service ask of this proxy. A bad value is
 * rejected and counts as absent; other annotations are not looked at.
 */
export function readWishes(
  annotations: unknown,
  rejections: Rejections,
): ServiceWishes {
  if (!isRecord(annotations)) return NO_WISHES;
  const draft: Draft = { leaveAlone: NO_KINDS };
  let wishes = 0;
  wishes += readWish(annotations, KUBE_ROUTER_SCHEDULER, {
    draft,
    rejections,
    read: readScheduler,
  });
  for (const [name, read] of READERS) {
    const options = { draft, rejections, read };
    wishes += readWish(annotations, WISH_PREFIX + name, options);
  }
  rejectUnknown(annotations, rejections);
  return wishes === 0 ? NO_WISHES : draft;
}

function readWish(
  annotations: JsonRecord,
  name: string,
  options: {
    readonly draft: Draft;
    readonly rejections: Rejections;
    readonly read: WishReader;
  },
): number {
  if (!Object.hasOwn(annotations, name)) return 0;
  const value = annotations[name];
  const isUsable = typeof value === "string" && value.length <= MAX_WISH_LENGTH;
  const reason = isUsable
    ? options.read(value.trim(), options.draft)
    : `text of at most ${MAX_WISH_LENGTH} characters`;
  if (reason !== undefined) {
    options.rejections.add(
      `metadata.annotations["${name}"]`,
      `Cannot use ${quote(value)}: it must be ${reason}`,
    );
  }
  return 1;
}

function rejectUnknown(annotations: JsonRecord, rejections: Rejections): void {
  for (const name of Object.keys(annotations)) {
    if (!name.startsWith(WISH_PREFIX)) continue;
    if (READERS.has(name.slice(WISH_PREFIX.length))) continue;
    const known = [...READERS.keys()].join(", ");
    rejections.add(
      "metadata.annotations",
      `Cannot use ${quote(name)}: unknown; known are ${known}`,
    );
  }
}

function readScheduler(text: string, draft: Draft): string | undefined {
  const scheduler = SCHEDULERS.find((known) => known === text);
  if (scheduler === undefined) return `one of ${SCHEDULERS.join(", ")}`;
  draft.scheduler = scheduler;
  return undefined;
}

/** Items of a comma list, blanks around them cut; empty text has none. */
function splitList(text: string): readonly string[] {
  return text === "" ? [] : text.split(",").map((item) => item.trim());
}

function readSchedulerFlags(text: string, draft: Draft): string | undefined {
  const items = splitList(text);
  const flags = SCHEDULER_FLAGS.filter((flag) => items.includes(flag));
  if (flags.length !== items.length) {
    return `a comma list, without doubles, of ${SCHEDULER_FLAGS.join(", ")}`;
  }
  draft.schedulerFlags = flags;
  return undefined;
}

function parseWeight(text: string, least: number): number | undefined {
  if (!/^\d{1,5}$/.test(text)) return undefined;
  const weight = Number(text);
  return weight < least || weight > 65_535 ? undefined : weight;
}

function readLocalWeight(text: string, draft: Draft): string | undefined {
  const weight = parseWeight(text, 1);
  if (weight === undefined) return "a number from 1 to 65535";
  draft.localWeight = weight;
  return undefined;
}

function readZoneWeights(text: string, draft: Draft): string | undefined {
  const form = `at most ${MAX_ZONES} pairs "zone=weight" with commas between ` +
    "them, each weight from 0 to 65535";
  const weights = new Map<string, number>();
  for (const item of splitList(text)) {
    const [zone = "", weightText = "", ...rest] = item.split("=");
    const weight = parseWeight(weightText, 0);
    if (zone === "" || weight === undefined || rest.length > 0) return form;
    if (weights.has(zone) || weights.size >= MAX_ZONES) return form;
    weights.set(zone, weight);
  }
  if (weights.size === 0) return form;
  draft.zoneWeights = weights;
  return undefined;
}

function readLeaveAlone(text: string, draft: Draft): string | undefined {
  const items = splitList(text);
  const kinds = FRONTEND_KINDS.filter((kind) => items.includes(kind));
  if (kinds.length === 0 || kinds.length !== items.length) {
    return `a comma list, without doubles, of ${FRONTEND_KINDS.join(", ")}`;
  }
  draft.leaveAlone = new Set(kinds);
  return undefined;
}

function readDrainLimit(text: string, draft: Draft): string | undefined {
  const match = /^(\d{1,7})([smh]?)$/.exec(text);
  const seconds = Number(match?.[1]) * (UNIT_SECONDS[match?.[2] ?? ""] ?? 1);
  if (match === null || seconds > MAX_DRAIN_SECONDS) {
    return 'seconds, or a time such as "90s", "15m", "1h"; at most 30 days';
  }
  draft.drainLimitSeconds = seconds;
  return undefined;
}

function readRestrictNodePorts(
  text: string,
  draft: Draft,
): string | undefined {
  if (text !== "true" && text !== "false") return "true or false";
  draft.restrictsNodePorts = text === "true";
  return undefined;
}
