import { assert, assertEquals } from "@std/assert";
import {
  countOpenFrom,
  isOpen,
  listIpvsConnections,
} from "../../mod/apply/connections.ts";
import { ScriptedRunner, text } from "./support.ts";

const PURE = { permissions: "none" } as const;

/** ipvsadm 1.31 on Linux 6.1, and what it prints for IPv6. */
const LISTED = text([
  "IPVS connection entries",
  "pro expire state       source             virtual            destination",
  "UDP 01:53  UDP         10.32.1.2:39210    10.96.7.10:80      10.32.2.2:8080",
  "TCP 01:59  FIN_WAIT    10.32.1.2:33724    192.168.50.1:8080  10.32.2.2:8080",
  "TCP 179:56 ASSURED     10.32.1.2:0        10.96.7.11:80      10.32.2.2:8080",
  "TCP 14:59  ESTABLISHED [fd00:32::2]:40000 [fd00:96::a]:80 [fd00:32::3]:8080",
]);

Deno.test("listIpvsConnections() leaves templates out", PURE, async () => {
  const runner = new ScriptedRunner({ stdout: LISTED });
  const connections = await listIpvsConnections(runner);
  assertEquals(
    connections.map((one) => Object.values(one).join(" ")),
    [
      "udp UDP 10.32.1.2 39210 10.96.7.10 80",
      "tcp FIN_WAIT 10.32.1.2 33724 192.168.50.1 8080",
      "tcp ESTABLISHED fd00:32::2 40000 fd00:96::a 80",
    ],
  );
  assertEquals(runner.asked.map(({ argv }) => argv), ["ipvsadm -Lnc"]);
});

Deno.test("isOpen() is false once nothing more is to come", PURE, () => {
  for (const state of ["SYN_RECV", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT"]) {
    assert(isOpen({ state }), state);
  }
  for (const state of ["SYN_SENT", "TIME_WAIT", "CLOSE", "LAST_ACK", "NONE"]) {
    assert(!isOpen({ state }), state);
  }
});

Deno.test("countOpenFrom() counts by the client's address", PURE, async () => {
  const flow = (state: string, source: string): string =>
    `tcp      6 431999 ${state} src=${source} dst=10.96.7.10 sport=40000 ` +
    "dport=80 src=10.32.2.2 dst=192.168.50.1 sport=8080 dport=40000 " +
    "[ASSURED] mark=0 use=1";
  const runner = new ScriptedRunner({
    stdout: text([
      flow("ESTABLISHED", "10.96.7.10"),
      flow("SYN_SENT", "10.96.7.10"),
      flow("TIME_WAIT", "10.96.7.10"),
      flow("ESTABLISHED", "10.32.1.2"),
    ]),
  });
  const addresses = new Set(["10.96.7.10"]) as never;
  assertEquals(await countOpenFrom(runner, "ipv4", addresses), 2);
  assertEquals(runner.asked[0]?.argv, "conntrack -L -f ipv4 -p tcp");
});
