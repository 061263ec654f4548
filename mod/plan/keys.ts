import { familyOf, type IpAddress, type IpFamily, type Protocol } from "#model";
import type { FrontendKey, RealServerKey, VirtualServerKey } from "./types.ts";

const PROTOCOL_OPTIONS: Readonly<Record<Protocol, string>> = {
  tcp: "-t",
  udp: "-u",
  sctp: "--sctp-service",
};

/** Address and port as ipvsadm(8) writes them: "[fd00::1]:53". */
function formatHostPort(address: IpAddress, port: number): string {
  return familyOf(address) === "ipv6"
    ? `[${address}]:${port}`
    : `${address}:${port}`;
}

/** Key of a virtual server by address: "-t 10.96.0.1:443". */
export function virtualServerKey(
  protocol: Protocol,
  address: IpAddress,
  port: number,
): VirtualServerKey {
  const option = PROTOCOL_OPTIONS[protocol];
  return `${option} ${formatHostPort(address, port)}` as VirtualServerKey;
}

/** Key of a virtual server by firewall mark: "-f 7", "-f 7 -6". */
export function markKey(mark: number, family: IpFamily): VirtualServerKey {
  const suffix = family === "ipv6" ? " -6" : "";
  return `-f ${mark}${suffix}` as VirtualServerKey;
}

/** Key of a real server: "10.244.1.7:8443". */
export function realServerKey(address: IpAddress, port: number): RealServerKey {
  return formatHostPort(address, port) as RealServerKey;
}

/** Key of a frontend: "tcp/10.96.0.1:443", "udp/[fd00::1]:53". */
export function frontendKey(
  protocol: Protocol,
  address: IpAddress,
  port: number,
): FrontendKey {
  return `${protocol}/${formatHostPort(address, port)}` as FrontendKey;
}
