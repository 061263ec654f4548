import { assertEquals } from "@std/assert";
import {
  frontendOfKey,
  parseFrontendKey,
  parseServerKey,
} from "../../mod/diff/mod.ts";
import type { IpAddress } from "../../mod/model/mod.ts";
import { frontendKey, markKey, virtualServerKey } from "../../mod/plan/mod.ts";

for (const protocol of ["tcp", "udp", "sctp"] as const) {
  for (const host of ["10.96.0.1", "fd00::1"]) {
    Deno.test({
      name: `keys of ${protocol} ${host} are read as they are written`,
      permissions: "none",
      fn: () => {
        const address = host as IpAddress;
        const key = virtualServerKey(protocol, address, 53);
        const frontend = frontendKey(protocol, address, 53);
        assertEquals(parseServerKey(key), { protocol, address, port: 53 });
        assertEquals(parseFrontendKey(frontend), {
          protocol,
          address,
          port: 53,
        });
        assertEquals(frontendOfKey(key), frontend);
      },
    });
  }
}

Deno.test({
  name: "the key of a firewall mark names no frontend",
  permissions: "none",
  fn: () => {
    assertEquals(parseServerKey(markKey(7, "ipv6")), undefined);
    assertEquals(frontendOfKey(markKey(7, "ipv4")), undefined);
  },
});
