import type { IpAddress, IpFamily, Protocol } from "#model";

/** A packet on its way, as rules see it at one point. */
export interface PacketState {
  /** Family. */
  readonly family: IpFamily;
  /** Protocol. */
  readonly protocol: Protocol;
  /** Source address. */
  readonly source: IpAddress;
  /** Target address: of the frontend, behind IPVS of the real server. */
  readonly target: IpAddress;
  /** Target port. */
  readonly port: number;
  /** Firewall mark. */
  readonly mark: number;
  /** Device by which it came: undefined when not known, "" when none did. */
  readonly inDevice: string | undefined;
  /** Device by which it leaves: "lo", "" when none, or "not lo". */
  readonly outDevice: "lo" | "not lo" | "";
}
