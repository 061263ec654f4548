import type { CommandRunner } from "#apply";
import type { Settings } from "./settings_types.ts";
import { type IpvsTimeouts, parseTimeouts } from "./timeouts.ts";

/** What setting the timeouts came to. */
export interface TimeoutsReport {
  /** Timeouts before; undefined: they cannot be read. */
  readonly before: IpvsTimeouts | undefined;
  /** Timeouts that hold now; undefined: they cannot be read. */
  readonly now: IpvsTimeouts | undefined;
  /** Why they could not be set; undefined: they are as they should be. */
  readonly refused?: string;
}

/** Timeouts of IPVS as the kernel has them; undefined: nobody can say. */
export async function readIpvsTimeouts(
  runner: CommandRunner,
): Promise<IpvsTimeouts | undefined> {
  const argv = ["ipvsadm", "--list", "--timeout"] as const;
  const { code, stdout } = await runner.run(argv);
  return code === 0 ? parseTimeouts(stdout) : undefined;
}

/**
 * Sets how long IPVS keeps idle connections, where that is asked for and is
 * not so already.
 */
export async function setIpvsTimeouts(
  { ipvsTimeouts }: Pick<Settings, "ipvsTimeouts">,
  runner: CommandRunner,
): Promise<TimeoutsReport> {
  const { tcpMs, tcpFinMs, udpMs } = ipvsTimeouts;
  const wanted = [tcpMs, tcpFinMs, udpMs].map((ms) => Math.floor(ms / 1_000));
  const before = await readIpvsTimeouts(runner);
  const present = before && [before.tcp, before.tcpFin, before.udp];
  const isSame = wanted.every((seconds, index) =>
    seconds === 0 || seconds === present?.[index]
  );
  if (isSame) return { before, now: before };
  const argv = ["ipvsadm", "--set", ...wanted.map(String)] as const;
  const { code, stderr } = await runner.run(argv);
  if (code !== 0) return { before, now: before, refused: stderr.trim() };
  return { before, now: await readIpvsTimeouts(runner) };
}

/** Timeouts in a sentence. */
export function inWords({ tcp, tcpFin, udp }: IpvsTimeouts): string {
  return `tcp ${tcp} s, tcpfin ${tcpFin} s, udp ${udp} s`;
}
