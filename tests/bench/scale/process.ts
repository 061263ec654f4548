/**
 * What the kernel says of a process (proc(5)).
 *
 * @module
 */

/** Figures of a process. */
export interface ProcessFigures {
  /** Resident memory now, bytes. */
  readonly residentBytes: number;
  /** Most resident memory so far, bytes. */
  readonly peakBytes: number;
  /** CPU time so far, user and system, ms. */
  readonly cpuMs: number;
}

/** Clock ticks of the kernel's CPU times; 100 on every Linux of today. */
const TICK_MS = 10;

/** Reads the figures of a process. */
export async function readFigures(pid: number): Promise<ProcessFigures> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  // The name is in parentheses and may contain anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  return {
    residentBytes: kilobytes(status, "VmRSS") * 1024,
    peakBytes: kilobytes(status, "VmHWM") * 1024,
    cpuMs: ticks * TICK_MS,
  };
}

function kilobytes(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
}
