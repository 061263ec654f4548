import { assertEquals } from "@std/assert";
import {
  parseTimeouts,
  timeoutFloors,
  timeoutWarnings,
} from "../../mod/cli/timeouts.ts";
import { settingsOf } from "./support.ts";

const PURE = { permissions: "none" } as const;
const PREFIX = "net.netfilter.nf_conntrack_";

Deno.test(
  "parseTimeouts() reads what ipvsadm prints, and nothing else",
  PURE,
  () => {
    assertEquals(parseTimeouts("Timeout (tcp tcpfin udp): 900 120 300\n"), {
      tcp: 900,
      tcpFin: 120,
      udp: 300,
    });
    assertEquals(parseTimeouts("no timeouts\n"), undefined);
  },
);

function floorsOf(...args: string[]): Record<string, string> {
  return Object.fromEntries(
    timeoutFloors(settingsOf(...args)).map(({ name, value }) => [
      name.replace(PREFIX, ""),
      value,
    ]),
  );
}

Deno.test(
  "udp-timeout-mismatch: connection tracking is raised to what is asked of IPVS",
  PURE,
  () => {
    assertEquals(floorsOf(), { udp_timeout_stream: "120" });
    assertEquals(floorsOf("--ipvs-udp-timeout=7m"), {
      udp_timeout_stream: "420",
    });
    assertEquals(floorsOf("--conntrack-tcp-timeout-established=0s"), {
      tcp_timeout_established: "7800",
      udp_timeout_stream: "120",
    });
  },
);

Deno.test(
  "udp-timeout-mismatch: what somebody asked of connection tracking stays",
  PURE,
  () => {
    assertEquals(
      floorsOf("--ipvs-udp-timeout=7m", "--conntrack-udp-timeout-stream=60s"),
      {},
    );
  },
);

for (
  const [words, ipvs, conntrack, expected] of [
    ["the longer one", [900, 300], ["86400", "300"], []],
    ["a shorter UDP", [900, 300], ["86400", "120"], ["UDP for 300 s"]],
    ["a shorter TCP", [7_800, 120], ["3600", "120"], ["TCP for 7800 s"]],
    ["neither to be read", [900, 300], [], []],
  ] as const
) {
  Deno.test(
    `udp-timeout-mismatch: connection tracking with ${words} warns of ${expected.length}`,
    PURE,
    () => {
      const [tcp, udp] = ipvs;
      const names = ["tcp_timeout_established", "udp_timeout_stream"];
      const present = new Map(
        conntrack.map((value, index) => [`${PREFIX}${names[index]}`, value]),
      );
      const seen = timeoutWarnings({ tcp, tcpFin: 120, udp }, present);
      assertEquals(seen.map((line) => /idle (.*?), /.exec(line)?.[1]), [
        ...expected,
      ]);
    },
  );
}
