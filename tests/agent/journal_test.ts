import { assertEquals } from "@std/assert";
import {
  flowName,
  formatDrain,
  formatFlows,
  formatHandDrain,
  formatJournal,
  formatThings,
  JOURNAL_HEADER,
  parseJournal,
} from "../../mod/agent/journal.ts";
import {
  type Drain,
  Drains,
  Ownership,
  type StaleFlow,
} from "../../mod/diff/mod.ts";
import type { IpAddress } from "../../mod/model/mod.ts";
import type { HandDrain } from "../../mod/agent/types.ts";
import type {
  DrainTarget,
  FrontendKey,
  RealServerKey,
  VirtualServerKey,
} from "../../mod/plan/mod.ts";

const permissions = "none";
const KEY = "-t [fd00::1]:80" as VirtualServerKey;
const REAL = "[fd00::7]:8080" as RealServerKey;
const THINGS = {
  virtualServers: [KEY, "-f 7 -6" as VirtualServerKey],
  addresses: ["fd00::1" as IpAddress],
};
const DRAINS: readonly Drain[] = [
  { key: KEY, realServerKey: REAL, startedMs: 1, deadlineMs: 9 },
  {
    key: "-f 7 -6" as VirtualServerKey,
    realServerKey: REAL,
    startedMs: 1,
    goneMs: 5,
    deadlineMs: 9,
    frontend: "sctp/[fd00::1]:9" as FrontendKey,
  },
];
const FLOWS: readonly StaleFlow[] = [
  { protocol: "udp", address: "10.96.0.10" as IpAddress, port: 53 },
  {
    protocol: "sctp",
    address: "fd00::1" as IpAddress,
    port: 9,
    realServer: REAL,
  },
];

const HAND_DRAINS: readonly HandDrain[] = [
  { target: "node/n1" as DrainTarget, startedMs: 3, deadlineMs: 7 },
  { target: "[fd00::7]:80" as DrainTarget, startedMs: 4, deadlineMs: 8 },
];

Deno.test({
  name: "formatJournal() and parseJournal() are inverses",
  permissions,
  fn: () => {
    const ownership = new Ownership();
    const drains = new Drains();
    ownership.add(THINGS);
    for (const drain of DRAINS) drains.put(drain);
    const handDrains = new Map(HAND_DRAINS.map((one) => [one.target, one]));
    const flows = new Map(FLOWS.map((flow) => [flowName(flow), flow]));
    const text = formatJournal({ ownership, drains, handDrains, flows });
    const read = parseJournal(text);
    assertEquals(read?.handDrains, handDrains);
    assertEquals([...read?.flows.values() ?? []], [...FLOWS]);
    assertEquals(read?.ownership.things(), ownership.things());
    assertEquals([...read?.drains.all() ?? []], [...DRAINS]);
  },
});

Deno.test({
  name: "parseJournal() plays additions and removals in order",
  permissions,
  fn: () => {
    const text = `${JOURNAL_HEADER}\n` + formatThings("+", THINGS) +
      DRAINS.map((drain) => formatDrain("+", drain)).join("") +
      formatThings("-", THINGS) +
      DRAINS.map((drain) => formatDrain("-", drain)).join("") +
      HAND_DRAINS.map((drain) => formatHandDrain("+", drain)).join("") +
      formatHandDrain("-", HAND_DRAINS[0]!) +
      formatFlows("+", FLOWS) + formatFlows("-", FLOWS.slice(1)) +
      "+f icmp 10.0.0.1 1\n+f udp\n+f udp 10.0.0.1 -D\n";
    const read = parseJournal(text);
    assertEquals([...read?.flows.values() ?? []], FLOWS.slice(0, 1));
    assertEquals(read?.ownership.size, 0);
    assertEquals(read?.drains.size, 0);
    assertEquals([...read?.handDrains.values() ?? []], [HAND_DRAINS[1]]);
  },
});

const REFUSED = ["", "\n", "kube-proxy-state 2\n+a 10.0.0.1\n", "garbage\n"];
for (const text of REFUSED) {
  Deno.test({
    name: `parseJournal() does not read ${JSON.stringify(text)}`,
    permissions,
    fn: () => assertEquals(parseJournal(text), undefined),
  });
}

Deno.test({
  name: "parseJournal() leaves out what is no target",
  permissions,
  fn: () => {
    const read = parseJournal(
      `${JOURNAL_HEADER}\n+h -x;y 1 2\n+h 10.0.0.1 1 2\n`,
    );
    assertEquals([...read?.handDrains.keys() ?? []].join(), "10.0.0.1");
  },
});

Deno.test({
  name: "parseJournal() leaves out what is no virtual server",
  permissions,
  fn: () => {
    const keys = ["-t 10.0.0.1:80", "--sctp-service [fd00::1]:9", "-f 7 -6"];
    const lines = [...keys, "", "-t nonsense", "-f 7 -D", "10.0.0.1:80"]
      .map((key) => `+v ${key}\n`);
    const read = parseJournal(`${JOURNAL_HEADER}\n${lines.join("")}`);
    assertEquals(read?.ownership.things().virtualServers.join(), keys.join());
  },
});

Deno.test({
  name: "parseJournal() leaves out a torn last line",
  permissions,
  fn: () => {
    const read = parseJournal(`${JOURNAL_HEADER}\n+a 10.0.0.1\n+a 10.0.0`);
    assertEquals(read?.ownership.things().addresses.join(), "10.0.0.1");
  },
});
