import type { Agent } from "#agent";
import type { CommandRunner, Host } from "#apply";
import type { LogControl, ReportInput } from "#observe";
import type { Settings } from "../settings_types.ts";

/** What the control socket answers from. */
export interface ControlSources {
  /** The agent. */
  readonly agent: Pick<
    Agent,
    "handDrains" | "preview" | "checkAll" | "inspect" | "snapshot"
  >;
  /** Everything that reports are made from, of this moment. */
  input(): ReportInput;
  /** Doors to the host; only listings are asked of it. */
  readonly host: Pick<Host, "ipvs" | "sysctls" | "iptables">;
  /** Runs the tools. */
  readonly runner: CommandRunner;
  /** Configuration. */
  readonly settings: Settings;
  /** The logs; absent: there are none to speak of. */
  readonly logs?: LogControl;
}
