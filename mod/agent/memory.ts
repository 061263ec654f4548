import { type ClusterNode, isSame } from "#model";
import { Recovery } from "./recovery.ts";
import { SnapshotKeeper } from "./snapshot_keeper.ts";
import type { Readiness, SourceEvent } from "./sources.ts";
import type { AgentOptions, SavedSnapshot } from "./types.ts";

/** What memory across boots is built into. */
export interface MemoryOptions {
  /** What the agent works with. */
  readonly agent: AgentOptions;
  /** Name of our device. */
  readonly device: string;
  /** What the API server has told. */
  readonly readiness: Readiness;
  /** Whether the kernel is what the API server said, all of it. */
  isReady(): boolean;
  /** Enters an object, or takes it out. */
  fold(input: SourceEvent): void;
  /** Something to begin with is known, or at last all is. */
  completed(): void;
  /** Tells an operator. */
  warn(message: string): void;
}

/** Memory across boots: a snapshot is written, and after a boot it is read. */
export class Memory {
  readonly #o: MemoryOptions;
  readonly #recovery: Recovery;
  readonly #keeper: SnapshotKeeper;
  #isSettled = false;
  #node: ClusterNode | undefined;

  /** Nothing is read or written before `run`. */
  constructor(
    { store, nodeName }: NonNullable<AgentOptions["snapshots"]>,
    options: MemoryOptions,
  ) {
    const { agent: { clock, host, model, runDirectory }, device, readiness } =
      options;
    const common = { store, nodeName, clock, warn: options.warn };
    this.#o = options;
    this.#recovery = new Recovery({
      ...common,
      host,
      runDirectory,
      device,
      readiness,
      fold: options.fold,
      recovered: () => options.completed(),
    });
    this.#keeper = new SnapshotKeeper({
      ...common,
      model,
      mayWrite: () => options.isReady(),
      inStep: () => this.#recovery.forget(),
    });
  }

  /** What is known of the file. */
  get saved(): SavedSnapshot {
    const { isProvisional, isComplete } = this.#o.readiness;
    return {
      isUsed: isProvisional && !isComplete,
      writtenMs: this.#keeper.writtenMs,
      isBehind: this.#keeper.isBehind,
    };
  }

  /** Takes an event that has been folded, and whether plans depend on it. */
  note(input: SourceEvent, isDirty: boolean): void {
    this.#keeper.note(input, this.#isNews(input) || isDirty);
    if (this.#isSettled) return;
    this.#recovery.hear(input);
    if (!this.#o.readiness.isComplete) return;
    this.#isSettled = true;
    for (const leftover of this.#recovery.takeLeftovers()) {
      this.#o.fold(leftover);
    }
    if (this.#o.readiness.isProvisional) this.#o.completed();
  }

  /** Of a Node most events are heartbeats. */
  #isNews({ source, event }: SourceEvent): boolean {
    if (!("key" in event)) return false;
    if (source !== "Node") return source === "ServiceCIDR";
    const node = this.#o.agent.model.node();
    const isOld = node !== undefined && isSame(node, this.#node);
    this.#node = node;
    return !isOld;
  }

  /** The other Nodes have been listed. */
  noteOtherNodes(): void {
    if (!this.#isSettled) this.#recovery.hearOtherNodes();
  }

  /** Recovers if need be, and keeps the file, until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([
      this.#recovery.run(signal),
      this.#keeper.run(signal),
    ]);
  }
}
