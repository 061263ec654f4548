import type { AgentObserver, SourceEvent } from "#agent";
import { HOST_CLOCK, type MeasuredRunner } from "#apply";
import {
  type LogControl,
  logObserver,
  type ManagerWishes,
  mergeObservers,
  type Metrics,
} from "#observe";
import type { ApiTransport } from "#watch";
import { getLogger } from "@std/log";
import { strayRemover } from "./back_end.ts";
import { compose, type Composed, type ComposeOptions } from "./compose.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { type Consumer, feedAll } from "./feed.ts";
import { rulesOf } from "./host_view.ts";
import type { LiveSettings } from "./live_settings.ts";
import { OtherNodes } from "./other_nodes.ts";
import { type OpenParts, openParts } from "./parts.ts";

/** What working takes. */
export interface WorkOptions extends ComposeOptions {
  /** The way to the API server. */
  readonly transport: ApiTransport;
  /** Tells what the tools were asked; absent: nobody is told. */
  readonly measured?: MeasuredRunner;
  /** The logs; absent: they cannot be changed or read. */
  readonly logs?: LogControl;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Where changes of the configuration come from; absent: there are none. */
  readonly live?: LiveSettings;
  /** What a service manager asks for; absent: there is none. */
  readonly manager?: ManagerWishes;
}

/** Composes the stages and lets them work until the signal, or once. */
export async function work(options: WorkOptions): Promise<ExitCode> {
  const { settings, signal } = options;
  const stop = new AbortController();
  const end = (): void => stop.abort();
  signal.addEventListener("abort", end);
  if (signal.aborted) end();
  const isOnce = settings.once || settings.dryRun;
  const told: AgentObserver[] = [
    logObserver(),
    strayRemover(options.ready, options.runner),
  ];
  if (isOnce) told.push({ ready: end });
  const composed = compose(options, mergeObservers(told));
  const { agent } = composed;
  const { parts, metrics }: OpenParts = isOnce
    ? { parts: [] }
    : await openParts(options, composed);
  told.push(...parts.flatMap(({ observer }) => observer ?? []));
  try {
    await allOrNone([
      agent.run(stop.signal).finally(end),
      follow({ ...options, signal: stop.signal }, composed, metrics)
        .finally(end),
      ...parts.flatMap((part) => part.run?.(stop.signal) ?? []),
    ], end);
  } finally {
    for (const part of parts) part.close?.();
    signal.removeEventListener("abort", end);
  }
  const { isReady, failures, lastAgreedMs } = agent.snapshot();
  getLogger("cli").info("ended; the kernel's tables stay as they are");
  const isDone = isReady && failures.size === 0 && lastAgreedMs !== undefined;
  return isOnce && !isDone ? EXIT.failure : EXIT.success;
}

/**
 * Waits for the end of all; the first error ends the others.
 *
 * @throws the first error, once all have ended
 */
async function allOrNone(
  works: readonly Promise<void>[],
  end: () => void,
): Promise<void> {
  const errors: unknown[] = [];
  await Promise.all(works.map((one) =>
    one.catch((error) => {
      errors.push(error);
      end();
    })
  ));
  if (errors.length > 0) throw errors[0];
}

/** Follows the API server and tells the agent, until the signal. */
async function follow(
  { nodeName, transport, signal }: WorkOptions,
  { agent, view }: Composed,
  metrics: Metrics | undefined,
): Promise<void> {
  const common = { transport, clock: HOST_CLOCK, signal, random: Math.random };
  const otherNodes = new OtherNodes({
    ...common,
    nodeName,
    isNeeded: () => view.model.needsOtherNodes,
    addressesSeen: () => view.model.outsideAddressesSeen,
    replaceNodes: agent.replaceNodes.bind(agent),
  });
  const consumer: Consumer = {
    handle(input: SourceEvent): void {
      metrics?.took(input);
      agent.handle(input);
    },
    checkRules: agent.checkRules.bind(agent),
    rulesKey: () => JSON.stringify(rulesOf(view)),
    beforeServices: () => otherNodes.before(),
  };
  await Promise.all([
    feedAll(consumer, nodeName, common),
    otherNodes.keep(),
  ]);
}
