import { assertEquals, assertThrows } from "@std/assert";
import { addTraffic, createHost, NO_TRAFFIC, parseIpvsTraffic } from "#apply";
import type { RealServerKey, VirtualServerKey } from "#plan";
import { ScriptedRunner } from "./support.ts";

const PURE = { permissions: "none" } as const;
const WEB = "-t 10.96.0.1:80" as VirtualServerKey;
const LISTED = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
  -> RemoteAddress:Port
TCP  10.96.0.1:80                        3       18       15     1024     4096 
  -> 10.244.1.1:8080                     2       12       10      700     3000 
  -> 10.244.1.2:8080                     1        6        5      324     1096 
UDP  [fd00::a]:53               123456789012 1234567890123 1 2 3 
  -> [fd00:10:244:1:2:3:4:5]:53       1        2        3        4        5 
SCTP 10.96.0.1:7                         0        0        0        0        0 
FWM  7                                   1        1        1        1        1 
FWM  7 IPv6                              2        2        2        2        2 
`;

Deno.test("parseIpvsTraffic() reads every kind of line", PURE, () => {
  const table = parseIpvsTraffic(LISTED);
  assertEquals([...table.keys()] as string[], [
    WEB,
    "-u [fd00::a]:53",
    "--sctp-service 10.96.0.1:7",
    "-f 7",
    "-f 7 -6",
  ]);
  assertEquals(table.get(WEB)?.all, {
    connections: 3,
    packetsIn: 18,
    packetsOut: 15,
    bytesIn: 1024,
    bytesOut: 4096,
  });
  assertEquals(
    table.get(WEB)?.realServers.get("10.244.1.2:8080" as RealServerKey)
      ?.bytesOut,
    1096,
  );
  const dns = table.get("-u [fd00::a]:53" as VirtualServerKey);
  assertEquals(dns?.all.packetsIn, 1_234_567_890_123);
  assertEquals(dns?.realServers.size, 1);
});

Deno.test(
  "parseIpvsTraffic() leaves out a line where name and number are one",
  PURE,
  () => {
    const table = parseIpvsTraffic(
      "TCP  10.96.0.1:80                        3       18       15     1024     4096 \n" +
        "  -> [2001:db8:1234:5678::1]:808012345678        2        3        4        5 \n" +
        "  -> 10.244.1.1:8080                     2       12       10      700     3000 \n" +
        "TCP  [2001:db8:1234:5678:9::1]:808012345678        2        3        4        5 \n" +
        "  -> 10.244.1.9:8080                     2       12       10      700     3000 \n",
    );
    assertEquals([...table.keys()], [WEB]);
    assertEquals([...table.get(WEB)?.realServers.keys() ?? []] as string[], [
      "10.244.1.1:8080",
    ]);
  },
);

Deno.test("parseIpvsTraffic() refuses what it does not know", PURE, () => {
  for (
    const text of ["what\n", "TCP  10.96.0.1:80 1 2 3\n", "ICMP a 1 2 3 4 5\n"]
  ) {
    assertThrows(() => parseIpvsTraffic(text), SyntaxError, "unknown line");
  }
});

Deno.test("traffic() asks once, for all or for one", PURE, async () => {
  const runner = new ScriptedRunner({ stdout: LISTED }, { stdout: LISTED });
  const { ipvs } = createHost(runner, "nft");
  assertEquals((await ipvs.traffic("totals")).size, 5);
  await ipvs.traffic("rates", WEB);
  assertEquals(runner.asked.map(({ argv }) => argv), [
    "ipvsadm -Ln --stats --exact",
    "ipvsadm -Ln --rate --exact -t 10.96.0.1:80",
  ]);
});

Deno.test(
  "traffic() of a virtual server that is gone is none",
  PURE,
  async () => {
    const runner = new ScriptedRunner({ code: 1, stderr: "No such service\n" });
    const { ipvs } = createHost(runner, "nft");
    assertEquals((await ipvs.traffic("totals", WEB)).size, 0);
  },
);

Deno.test(
  "addTraffic() adds each figure to its own, and takes back",
  PURE,
  () => {
    const one = {
      connections: 1,
      packetsIn: 2,
      packetsOut: 3,
      bytesIn: 4,
      bytesOut: 5,
    };
    const two = addTraffic(one, one);
    assertEquals(Object.values(two), [2, 4, 6, 8, 10]);
    assertEquals(addTraffic(two, one, -1), one);
    assertEquals(addTraffic(NO_TRAFFIC, one), one);
  },
);
