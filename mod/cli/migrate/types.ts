import type { RecordFolder } from "../cleanup/cleanup.ts";
import type { PreflightHost } from "../inspect_host.ts";

/** Which step of moving over, and which way. */
export type MigrateVerb = "plan" | "apply" | "rollback";

/** What answers at the port of kube-proxy's health, which is ours as well. */
export type ProxyHealth = "healthy" | "unhealthy" | "silent";

/** What moving over needs of the machine. */
export interface MigrateHost extends PreflightHost {
  /** Where the record is. */
  readonly folder: RecordFolder;
  /** Asks at the port of a proxy's health on this node. */
  proxyHealth(): Promise<ProxyHealth>;
  /** Waits, in ms. */
  sleep(ms: number): Promise<void>;
}

/** Which step, and how far it goes. */
export interface MigrateOptions {
  /** Which step. */
  readonly verb: MigrateVerb;
  /** Goes on although frontends lose their proxy, or connections end. */
  readonly force: boolean;
}

/** What a step says beside what it found. */
export type Outcome = Pick<MigrationReport, "done" | "problems" | "next">;

/** What a step came to. */
export interface MigrationReport {
  /** Which step. */
  readonly verb: MigrateVerb;
  /** What is there, a sentence each. */
  readonly found: readonly string[];
  /** What was done, a sentence each. */
  readonly done: readonly string[];
  /** Why it did not go on, a sentence each; empty: it did. */
  readonly problems: readonly string[];
  /** What to do now; absent: nothing, it is over. */
  readonly next?: string;
}
