/**
 * What a driver inside the guest tells the host, one JSON line each, on the
 * guest's second console; the first one carries kernel and program output.
 *
 * @module
 */

/** Starts every line of the driver's. */
export const PREFIX = "@lab ";

/** One line of a driver's. */
export type LabEvent =
  | { readonly kind: "step"; readonly name: string }
  | {
    readonly kind: "step-end";
    readonly name: string;
    readonly ms: number;
    /** Why it failed; absent: it passed. */
    readonly failure?: string;
    /** Why it was not run; absent: it was. */
    readonly skipped?: string;
  }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "data"; readonly name: string; readonly value: unknown }
  | { readonly kind: "end"; readonly failure?: string };

/** How `kube-proxy.service` starts its program, as far as the lab imitates it. */
export interface AgentUnit {
  /** Names of the capabilities that its program can have, as the unit writes. */
  readonly capabilities: readonly string[];
  /** What runs before it with all rights: lines of shell. */
  readonly before: readonly string[];
}

/** What the host hands to the driver, as a JSON file. */
export interface LabConfig {
  /** The executable that runs bundles. */
  readonly deno: string;
  /** The folder of what runs inside the guest. */
  readonly guestFolder: string;
  /** Bundles by name, as paths that the guest sees too. */
  readonly bundles: Readonly<Record<string, string>>;
  /** Deno's flags for the permissions that the agent ships with. */
  readonly agentPermissions: readonly string[];
  /** How the unit starts the agent. */
  readonly agentUnit: AgentUnit;
  /** Arguments of the one who started the lab. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** The line for an event. */
export function formatEvent(event: LabEvent): string {
  return `${PREFIX}${JSON.stringify(event)}\n`;
}

/** The event of a line; undefined when it is none. */
export function parseEvent(line: string): LabEvent | undefined {
  const start = line.indexOf(PREFIX);
  if (start < 0) return undefined;
  try {
    return JSON.parse(line.slice(start + PREFIX.length));
  } catch {
    return undefined;
  }
}
