import { assertEquals } from "@std/assert";
import { parseVirtualServers } from "./virtual_servers.ts";

const PURE = { permissions: "none" } as const;

const LISTING = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  0A60000C:1538 rr 
  -> 0A200010:1538      Masq    1      2          87        
  -> 0A200012:1538      Masq    0      1          53        
UDP  0A60000A:0035 rr 
  -> 0A200002:0035      Masq    1      0          5         
TCP  [fd00:0096:0000:0000:0000:0000:0000:0012]:1538 rr 
  -> [fd00:0032:0000:0000:0000:0000:0000:000f]:1538      Masq    1      0          0
FWM  00004001 rr 
  -> 0A200002:0035      Masq    1      0          5         
TCP  0A600001:01BB rr persistent 10800 FFFFFFFF
`;

Deno.test(
  "parseVirtualServers() reads addresses, weights and connections",
  PURE,
  () => {
    assertEquals(
      parseVirtualServers(LISTING),
      new Map([
        ["TCP 10.96.0.12:5432", [
          { key: "10.32.0.16:5432", weight: 1, active: 2 },
          { key: "10.32.0.18:5432", weight: 0, active: 1 },
        ]],
        ["UDP 10.96.0.10:53", [{ key: "10.32.0.2:53", weight: 1, active: 0 }]],
        ["TCP 10.96.0.1:443", []],
      ]),
    );
  },
);

Deno.test("parseVirtualServers() reads a kernel without any", PURE, () => {
  const heading = LISTING.split("\n").slice(0, 3).join("\n");
  assertEquals(parseVirtualServers(heading), new Map());
});
