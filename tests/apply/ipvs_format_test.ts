import { assertEquals, assertThrows } from "@std/assert";
import { formatIpvsOperation, formatIpvsSave, parseIpvsSave } from "#apply";
import type { IpvsOperation } from "#diff";
import { keyOf, real, realKey, server } from "../contract/contract.ts";

const PURE = { permissions: "none" } as const;
const WEB = keyOf("-t 10.96.0.1:80");

const LINES: readonly (readonly [IpvsOperation, string])[] = [
  [
    { verb: "add-service", server: server(WEB) },
    "-A -t 10.96.0.1:80 -s rr",
  ],
  [
    {
      verb: "edit-service",
      server: server("-u [fd00::1]:53", {
        scheduler: "mh",
        flags: ["mh-fallback", "mh-port"],
        persistence: 10800,
      }),
    },
    "-E -u [fd00::1]:53 -s mh -p 10800 -b mh-fallback,mh-port",
  ],
  [
    { verb: "delete-service", key: keyOf("-f 7 -6") },
    "-D -f 7 -6",
  ],
  [
    { verb: "add-server", key: WEB, realServer: real("10.244.1.1:80", 0) },
    "-a -t 10.96.0.1:80 -r 10.244.1.1:80 -m -w 0",
  ],
  [
    { verb: "edit-server", key: WEB, realServer: real("10.244.1.1:80", 7) },
    "-e -t 10.96.0.1:80 -r 10.244.1.1:80 -m -w 7",
  ],
  [
    {
      verb: "delete-server",
      key: keyOf("--sctp-service 10.96.0.1:7"),
      realServerKey: realKey("10.244.1.1:7"),
    },
    "-d --sctp-service 10.96.0.1:7 -r 10.244.1.1:7",
  ],
];

for (const [operation, line] of LINES) {
  Deno.test(`formatIpvsOperation() writes ${line}`, PURE, () => {
    assertEquals(formatIpvsOperation(operation), line);
  });
}

const DANGEROUS: readonly (readonly [string, IpvsOperation])[] = [
  ["a second line in a key", {
    verb: "delete-service",
    key: keyOf("-t 10.96.0.1:80\n-C"),
  }],
  ["another option in a key", {
    verb: "delete-service",
    key: keyOf("-t 10.96.0.1:80 -x"),
  }],
  ["no key", { verb: "delete-service", key: keyOf("") }],
  ["an option for a scheduler", {
    verb: "add-service",
    server: server(WEB, { scheduler: "-p" as "rr" }),
  }],
  ["two words for a scheduler", {
    verb: "add-service",
    server: server(WEB, { scheduler: "rr -p" as "rr" }),
  }],
  ["an option for a real server", {
    verb: "add-server",
    key: WEB,
    realServer: real("-R"),
  }],
  ["a name for a real server", {
    verb: "add-server",
    key: WEB,
    realServer: real("example.org:80"),
  }],
  ["half a weight", {
    verb: "add-server",
    key: WEB,
    realServer: real("10.244.1.1:80", 0.5),
  }],
  ["a negative weight", {
    verb: "add-server",
    key: WEB,
    realServer: real("10.244.1.1:80", -1),
  }],
  ["a weight beyond 65535", {
    verb: "add-server",
    key: WEB,
    realServer: real("10.244.1.1:80", 65536),
  }],
  ["no persistence", {
    verb: "add-service",
    server: server(WEB, { persistence: 0 }),
  }],
];

for (const [what, operation] of DANGEROUS) {
  Deno.test(`formatIpvsOperation() refuses ${what}`, PURE, () => {
    assertThrows(() => formatIpvsOperation(operation), Error, "Cannot write");
  });
}

Deno.test(
  "formatIpvsSave() sorts by number as ipvsadm does, marks last",
  PURE,
  () => {
    const lines = [
      "-A -t 9.0.0.1:80 -s rr",
      "-A -t 10.0.0.1:9 -s rr",
      "-a -t 10.0.0.1:9 -r 9.0.0.1:1 -m -w 1",
      "-a -t 10.0.0.1:9 -r 10.0.0.1:1 -m -w 1",
      "-A -t 10.0.0.1:80 -s rr",
      "-A -u 9.0.0.1:80 -s rr",
      "-A --sctp-service 9.0.0.1:80 -s rr",
      "-A -t [fd00::9]:80 -s rr",
      "-A -t [fd00::10]:80 -s rr",
      "-A -t [fd00:0:0:1::]:80 -s rr",
      "-A -f 9 -s rr",
      "-A -f 10 -s rr",
      "-A -f 10 -6 -s rr",
    ];
    const table = parseIpvsSave(`${lines.join("\n")}\n`);
    const reversed = new Map([...table].reverse());
    assertEquals(formatIpvsSave(reversed).trimEnd().split("\n"), lines);
  },
);

Deno.test("formatIpvsSave() writes desired virtual servers too", PURE, () => {
  const key = keyOf("-f 7");
  const web = {
    ...server(key, { scheduler: "sh", flags: ["sh-port"] }),
    realServers: new Map([[realKey("10.244.1.1:80"), real("10.244.1.1:80")]]),
  };
  assertEquals(
    formatIpvsSave(new Map([[key, web]])),
    "-A -f 7 -s sh -b sh-port\n-a -f 7 -r 10.244.1.1:80 -m -w 1\n",
  );
});
