import type { AgentObserver, PassReport } from "#agent";
import type { ServiceName } from "#model";
import type { FrontendKey, FrontendPlan, ServicePlan } from "#plan";
import type { FailureReport, PassEntry, WarningEntry } from "./past.ts";

const MAX_PASSES = 50;
const MAX_WARNINGS = 50;
const MAX_FAILURES = 5;
/** What has not failed for so long, ms, has ended: retries come sooner. */
const FORGOTTEN_MS = 150_000;

/** How a frontend is answered, and since when. */
interface Since {
  readonly answers: string;
  readonly ms: number;
}

/** Those of a Service; the plan's own list, so that little is kept. */
interface Answers {
  readonly frontends: readonly FrontendPlan[];
  readonly since: readonly Since[];
}

/** As a rule a frontend stands where it stood: `at` is looked at first. */
function sinceOf(
  known: Answers | undefined,
  key: FrontendKey,
  at = 0,
): Since | undefined {
  if (known?.frontends[at]?.key === key) return known.since[at];
  const index = known?.frontends.findIndex((one) => one.key === key) ?? -1;
  return known?.since[index];
}

/** What reports read of the past. */
export interface HistoryView {
  /** The last passes, the newest first. */
  readonly passes: readonly PassEntry[];
  /** The last warnings, the newest first. */
  readonly warnings: readonly WarningEntry[];
  /** The last failure of a pass; undefined: none. */
  readonly lastError: FailureReport | undefined;
  /** Since when a frontend of a Service answers as it does, ms since 1970. */
  answersSinceMs(service: ServiceName, key: FrontendKey): number | undefined;
  /** Since when something fails, ms since 1970; undefined: it does not. */
  failsSinceMs(unit: string): number | undefined;
}

/** Remembers a little of what the agent tells, for reports. */
export class History implements HistoryView {
  readonly #nowMs: () => number;
  readonly #passes: PassEntry[] = [];
  readonly #warnings: WarningEntry[] = [];
  readonly #answers = new Map<ServiceName, Answers>();
  #lastSince: Since | undefined;
  readonly #failing = new Map<string, { sinceMs: number; lastMs: number }>();

  /** The last failure of a pass. */
  lastError: FailureReport | undefined;

  /** `nowMs` gives the time, ms since 1970. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The last passes, the newest first. */
  get passes(): readonly PassEntry[] {
    return [...this.#passes].reverse();
  }

  /** The last warnings, the newest first. */
  get warnings(): readonly WarningEntry[] {
    return [...this.#warnings].reverse();
  }

  /** See `HistoryView`. */
  answersSinceMs(service: ServiceName, key: FrontendKey): number | undefined {
    return sinceOf(this.#answers.get(service), key)?.ms;
  }

  /** See `HistoryView`. */
  failsSinceMs(unit: string): number | undefined {
    return this.#failing.get(unit)?.sinceMs;
  }

  /** What has to be told to the agent. */
  observer(): AgentObserver {
    return {
      passed: (report) => this.#passed(report),
      planned: (service, plan) => this.#planned(service, plan),
      failed: (unit, reason) => this.#failed(unit, reason),
      warned: (message) => this.#warned(message),
    };
  }

  #passed(report: PassReport): void {
    const { reason, services, durationMs, lines, failures } = report;
    for (const service of services) {
      if (!failures.has(service)) this.#failing.delete(service);
    }
    this.#forget();
    // A pass that found nothing to do would push out those that did.
    const isQuiet = lines.ipvs + lines.other + failures.size === 0;
    if (isQuiet && this.#passes.at(-1)?.reason === reason) this.#passes.pop();
    this.#passes.push({
      endedMs: this.#nowMs(),
      reason,
      services: services.length,
      durationMs,
      lines,
      failures: [...failures].slice(0, MAX_FAILURES)
        .map(([unit, why]) => ({ unit, reason: why })),
      failed: failures.size,
    });
    if (this.#passes.length > MAX_PASSES) this.#passes.shift();
  }

  #planned(service: ServiceName, plan: ServicePlan | undefined): void {
    if (plan === undefined) {
      this.#answers.delete(service);
      this.#failing.delete(service);
      return;
    }
    const old = this.#answers.get(service);
    const ms = this.#nowMs();
    const { frontends } = plan;
    const since = frontends.map((frontend, index) => {
      const answers = answersOf(frontend);
      const before = sinceOf(old, frontend.key, index);
      return before?.answers === answers ? before : this.#since(answers, ms);
    });
    this.#answers.set(service, { frontends, since });
  }

  /** Services that are planned together share it. */
  #since(answers: string, ms: number): Since {
    const last = this.#lastSince;
    if (last?.answers === answers && last.ms === ms) return last;
    return this.#lastSince = { answers, ms };
  }

  #failed(unit: string, reason: string): void {
    const nowMs = this.#nowMs();
    const sinceMs = this.#failing.get(unit)?.sinceMs ?? nowMs;
    this.#failing.set(unit, { sinceMs, lastMs: nowMs });
    this.lastError = { unit, reason, sinceMs: nowMs };
  }

  #forget(): void {
    const beforeMs = this.#nowMs() - FORGOTTEN_MS;
    for (const [unit, { lastMs }] of this.#failing) {
      if (lastMs < beforeMs) this.#failing.delete(unit);
    }
  }

  #warned(message: string): void {
    const last = this.#warnings.at(-1);
    const times = last?.message === message ? last.times + 1 : 1;
    if (times > 1) this.#warnings.pop();
    this.#warnings.push({ atMs: this.#nowMs(), message, times });
    if (this.#warnings.length > MAX_WARNINGS) this.#warnings.shift();
  }
}

function answersOf({ inside, outside }: FrontendPlan): string {
  return `${inside} ${outside}`;
}
