import { assertEquals } from "@std/assert";
import type { IpAddress } from "#model";
import { frontendKey, markKey, realServerKey, virtualServerKey } from "#plan";

const V4 = "10.96.0.1" as IpAddress;
const V6 = "fd00::1" as IpAddress;

Deno.test("keys are ipvsadm's own words, for each protocol and family", {
  permissions: "none",
}, () => {
  const table: readonly (readonly [string, string])[] = [
    [virtualServerKey("tcp", V4, 443), "-t 10.96.0.1:443"],
    [virtualServerKey("udp", V4, 53), "-u 10.96.0.1:53"],
    [virtualServerKey("sctp", V4, 5), "--sctp-service 10.96.0.1:5"],
    [virtualServerKey("tcp", V6, 443), "-t [fd00::1]:443"],
    [virtualServerKey("udp", V6, 53), "-u [fd00::1]:53"],
    [virtualServerKey("sctp", V6, 5), "--sctp-service [fd00::1]:5"],
    [markKey(7, "ipv4"), "-f 7"],
    [markKey(7, "ipv6"), "-f 7 -6"],
    [realServerKey(V4, 8443), "10.96.0.1:8443"],
    [realServerKey(V6, 8443), "[fd00::1]:8443"],
    [frontendKey("tcp", V4, 443), "tcp/10.96.0.1:443"],
    [frontendKey("sctp", V6, 5), "sctp/[fd00::1]:5"],
  ];
  for (const [seen, expected] of table) assertEquals(seen, expected);
});
