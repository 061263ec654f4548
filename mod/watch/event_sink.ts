import {
  eventName,
  eventNamespace,
  type EventReport,
  type EventReporter,
  formatEvent,
  formatSeries,
  reportKey,
} from "./event_object.ts";
import type { Clock, Transport } from "./transport.ts";
import { Watchdog } from "./watchdog.ts";

/** Different Events that are remembered; more are dropped. */
export const MAX_EVENTS = 256;
/** Events that may be sent in one go. */
export const EVENT_BURST = 10;
/** Time in which one more may be sent, in ms. */
export const EVENT_INTERVAL_MS = 2000;
/** Least time between two counts of one Event, in ms. */
export const SERIES_INTERVAL_MS = 60_000;
/** An Event that was not seen for so long is forgotten, in ms. */
export const EVENT_LIFE_MS = 6 * 60_000;
/** Time by which the warnings of many nodes are spread, in ms. */
export const EVENT_SPREAD_MS = 10_000;
/** Tries to send one Event. */
const TRIES = 3;
const SEND_LIMIT_MS = 30_000;

/** What a sink needs. */
export interface EventSinkOptions {
  /** The way to the API server. */
  readonly transport: Transport;
  /** Monotonic time. */
  readonly clock: Clock;
  /** Who reports. */
  readonly reporter: EventReporter;
  /** Wall clock, in ms since 1970. */
  unixMs(): number;
  /**
   * A number in [0, 1) by which warnings are spread, since all nodes see a
   * bad object at once; absent: they are sent at once.
   */
  random?(): number;
}

interface Remembered {
  readonly report: EventReport;
  /** Name of the Event; absent: none was chosen yet. */
  name?: string;
  /** The server has it. */
  made: boolean;
  /** Times seen, and how many of them the server knows. */
  seen: number;
  sent: number;
  seenMs: number;
  /** Not sent before this time. */
  dueMs: number;
  tries: number;
}

/**
 * Sends Events without ever being in the way: `report` only takes note, the
 * same thing seen again is counted up, and what is too much is dropped.
 */
export class EventSink {
  readonly #options: EventSinkOptions;
  readonly #events: Map<string, Remembered> = new Map();
  #tokens = EVENT_BURST;
  #filledMs: number;
  #serial = 0;
  #dropped = 0;
  #wake: PromiseWithResolvers<void> = Promise.withResolvers();

  /** For one reporter. */
  constructor(options: EventSinkOptions) {
    this.#options = options;
    this.#filledMs = options.clock.monotonicMs();
  }

  /** Reports that were dropped. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes note; returns at once. */
  report(report: EventReport): void {
    const nowMs = this.#options.clock.monotonicMs();
    this.#forget(nowMs);
    const key = reportKey(report);
    const known = this.#events.get(key);
    if (known !== undefined) {
      known.seen++;
      known.seenMs = nowMs;
    } else if (this.#events.size >= MAX_EVENTS) {
      this.#dropped++;
      return;
    } else {
      const fresh = {
        made: false,
        seen: 1,
        sent: 0,
        seenMs: nowMs,
        dueMs: nowMs + this.#spreadMs(report),
        tries: 0,
      };
      this.#events.set(key, { report, ...fresh });
    }
    this.#wake.resolve();
  }

  #spreadMs({ type }: EventReport): number {
    const { random } = this.#options;
    return type === "Normal" || random === undefined
      ? 0
      : Math.round(EVENT_SPREAD_MS * random());
  }

  /** Sends what is reported until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const waitMs = this.#waitMs();
      try {
        if (waitMs === undefined) await this.#reported(signal);
        else if (waitMs > 0) await this.#options.clock.sleep(waitMs, signal);
        else await this.#sendNext(signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  }

  async #reported(signal: AbortSignal): Promise<void> {
    this.#wake = Promise.withResolvers();
    const { promise, resolve } = this.#wake;
    const abort = (): void => resolve();
    signal.addEventListener("abort", abort, { once: true });
    await promise;
    signal.removeEventListener("abort", abort);
  }

  #waiting(): Remembered[] {
    return [...this.#events.values()].filter(({ seen, sent }) => seen > sent);
  }

  /** Until something may be sent; undefined: there is nothing to send. */
  #waitMs(): number | undefined {
    const nowMs = this.#options.clock.monotonicMs();
    const passed = Math.floor((nowMs - this.#filledMs) / EVENT_INTERVAL_MS);
    this.#tokens = Math.min(EVENT_BURST, this.#tokens + passed);
    this.#filledMs += passed * EVENT_INTERVAL_MS;
    const waiting = this.#waiting();
    if (waiting.length === 0) return undefined;
    const dueMs = Math.min(...waiting.map((event) => event.dueMs));
    const tokenMs = this.#tokens > 0 ? 0 : this.#filledMs + EVENT_INTERVAL_MS;
    return Math.max(0, Math.max(dueMs, tokenMs) - nowMs);
  }

  async #sendNext(signal: AbortSignal): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs();
    const event = this.#waiting().find(({ dueMs }) => dueMs <= nowMs);
    if (event === undefined) return;
    this.#tokens--;
    const seen = event.seen;
    const done = await this.#send(event, signal);
    event.dueMs = this.#options.clock.monotonicMs() + SERIES_INTERVAL_MS;
    if (done) {
      event.sent = seen;
      event.tries = 0;
    } else if (++event.tries >= TRIES) {
      this.#dropped++;
      this.#events.delete(reportKey(event.report));
    }
  }

  /** Whether there is nothing more to do for it. */
  async #send(event: Remembered, signal: AbortSignal): Promise<boolean> {
    const { transport, reporter, unixMs } = this.#options;
    const now = unixMs();
    const namespace = encodeURIComponent(eventNamespace(event.report));
    const path = `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;
    const name = event.name ??= eventName(event.report, {
      unixMs: now,
      serial: this.#serial++ % 1000,
    });
    using watchdog = new Watchdog(this.#options.clock, signal, SEND_LIMIT_MS);
    watchdog.feed();
    try {
      const response = await transport.send(
        !event.made
          ? {
            method: "POST",
            path,
            body: formatEvent(event.report, reporter, { name, unixMs: now }),
          }
          : {
            method: "PATCH",
            path: `${path}/${encodeURIComponent(name)}`,
            body: formatSeries(event.seen, now),
            contentType: "application/merge-patch+json",
          },
        watchdog.signal,
      );
      for await (const _ of response.body);
      return this.#answered(event, response.status);
    } catch {
      // An Event that cannot be sent is tried again, then dropped and counted.
      return false;
    }
  }

  #answered(event: Remembered, status: number): boolean {
    if (status === 404 && event.made) {
      // The server has forgotten it: the next one is new.
      event.made = false;
      delete event.name;
      return false;
    }
    // 409: an earlier try did arrive.
    if (status !== 409 && (status < 200 || status > 299)) return false;
    event.made = true;
    return true;
  }

  #forget(nowMs: number): void {
    for (const [key, { seen, sent, seenMs }] of this.#events) {
      if (seen === sent && nowMs - seenMs > EVENT_LIFE_MS) {
        this.#events.delete(key);
      }
    }
  }
}
