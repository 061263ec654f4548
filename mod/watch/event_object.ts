/** Object that an Event is about. */
export interface EventRegarding {
  /** "Service", "Node". */
  readonly kind: string;
  /** "v1"; absent: none. */
  readonly apiVersion?: string;
  /** Its namespace; absent: none, the Event goes to "default". */
  readonly namespace?: string;
  /** Its name. */
  readonly name: string;
  /** Its uid; absent: unknown. */
  readonly uid?: string;
}

/** Something that users should see beside their object. */
export interface EventReport {
  /** Severity, as the API names it. */
  readonly type: "Normal" | "Warning";
  /** Why, in one CamelCase word: "FailedToStartServiceHealthcheck". */
  readonly reason: string;
  /** What was being done, in one CamelCase word: "Listen". */
  readonly action: string;
  /** Sentence for humans; cut at the API's limit of 1024 bytes. */
  readonly note: string;
  /** What it is about. */
  readonly regarding: EventRegarding;
}

/** Who reports. */
export interface EventReporter {
  /** Component: "kube-proxy". */
  readonly controller: string;
  /** Node that it runs on. */
  readonly instance: string;
}

/** Characters of a note; the API allows 1024 bytes. */
const NOTE_BYTES = 1024;
/** Longest name of an object before its suffix. */
const NAME_CHARACTERS = 220;

/** Two reports with one key are the same thing seen again. */
export function reportKey(report: EventReport): string {
  const { type, reason, action, note, regarding } = report;
  const { kind, namespace = "", name, uid = "" } = regarding;
  return JSON.stringify([
    ...[type, reason, action, note],
    ...[kind, namespace, name, uid],
  ]);
}

/** Namespace that its Event is put in. */
export function eventNamespace({ regarding }: EventReport): string {
  return regarding.namespace || "default";
}

/** The Event of `events.k8s.io/v1`, as JSON. */
export function formatEvent(
  report: EventReport,
  reporter: EventReporter,
  made: { readonly name: string; readonly unixMs: number },
): string {
  const { type, reason, action, note, regarding } = report;
  return JSON.stringify({
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name: made.name, namespace: eventNamespace(report) },
    eventTime: microTime(made.unixMs),
    reportingController: reporter.controller,
    reportingInstance: reporter.instance,
    type,
    reason,
    action,
    note: cut(note),
    regarding,
  });
}

/** Name of a new Event: that of its object, the time and a number. */
export function eventName(
  report: EventReport,
  made: { readonly unixMs: number; readonly serial: number },
): string {
  const name = report.regarding.name.slice(0, NAME_CHARACTERS);
  const suffix = Math.floor(made.unixMs * 1000 + made.serial).toString(16);
  return `${name}.${suffix}`;
}

/** The patch that counts an Event up. */
export function formatSeries(count: number, unixMs: number): string {
  return JSON.stringify({
    series: { count, lastObservedTime: microTime(unixMs) },
  });
}

function microTime(unixMs: number): string {
  return new Date(unixMs).toISOString().replace("Z", "000Z");
}

function cut(note: string): string {
  const { read } = new TextEncoder().encodeInto(
    note,
    new Uint8Array(NOTE_BYTES),
  );
  return note.slice(0, read);
}
