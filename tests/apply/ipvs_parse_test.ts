import { assertEquals, assertThrows } from "@std/assert";
import { formatIpvsSave, parseIpvsList, parseIpvsSave } from "#apply";
import type { VirtualServerKey } from "#plan";
import recorded from "./fixtures/recorded.json" with { type: "json" };
import { text } from "./support.ts";

const PURE = { permissions: "none" } as const;

Deno.test(
  "parseIpvsList() and parseIpvsSave() read one table alike",
  PURE,
  () => {
    const listed = parseIpvsList(text(recorded.ipvsadmList));
    assertEquals(listed, parseIpvsSave(text(recorded.ipvsadmSave)));
    assertEquals(formatIpvsSave(listed), text(recorded.ipvsadmSave));
  },
);

Deno.test("parseIpvsList() reads one virtual server, and none", PURE, () => {
  const one = parseIpvsList(text(recorded.ipvsadmListOne));
  assertEquals([...one.keys()], ["-t 10.96.0.1:80" as VirtualServerKey]);
  assertEquals(parseIpvsList(text(recorded.ipvsadmListEmpty)).size, 0);
  assertEquals(parseIpvsList("").size, 0);
});

Deno.test(
  "parseIpvsList() reads connections, and Local as the kernel's choice",
  PURE,
  () => {
    const table = parseIpvsList(
      "TCP  10.96.0.1:80 wlc persistent 300 mask 255.0.0.0 pe sip ops\n" +
        "  -> 10.244.1.1:8080              Local   3      1234567890 98765     \n" +
        "  -> 10.244.1.2:8080              Masq    -1     0          0         \n",
    );
    const [server] = table.values();
    assertEquals(server?.flags, ["mask 255.0.0.0", "ops", "pe sip"]);
    assertEquals(server?.persistenceTimeoutSeconds, 300);
    assertEquals([...server?.realServers.values() ?? []].map(Object.values), [
      ["10.244.1.1:8080", "local", 3, 1234567890, 98765],
      ["10.244.1.2:8080", "masquerading", -1, 0, 0],
    ]);
  },
);

Deno.test(
  "parseIpvsList() reads addresses that are wider than their column",
  PURE,
  () => {
    const real = "[fd00:1111:2222:3333:4444:5555:6666:7777]:65535";
    const table = parseIpvsList(
      `TCP  ${real} rr\n  -> ${real} Masq    1      2          3         \n`,
    );
    const [server] = table.values();
    assertEquals(server?.key, `-t ${real}` as VirtualServerKey);
    const [only] = server?.realServers.values() ?? [];
    assertEquals(only?.inactiveConnections, 3);
  },
);

const UNREADABLE = [
  "TCP  10.96.0.1:80",
  "ICMP 10.96.0.1:80 rr",
  "TCP  10.96.0.1:80 rr surprise",
  "TCP  10.96.0.1:80 rr persistent x",
  "  -> 10.244.1.1:8080 Masq 1 0 0",
  "TCP  10.96.0.1:80 rr\n  -> 10.244.1.1:8080 Teleport 1 0 0",
  "TCP  10.96.0.1:80 rr\n  -> 10.244.1.1:8080 Masq 1 0",
];

for (const line of UNREADABLE) {
  Deno.test(`parseIpvsList() throws at ${JSON.stringify(line)}`, PURE, () => {
    assertThrows(() => parseIpvsList(`${line}\n`), SyntaxError, "Cannot read");
  });
}

Deno.test("parseIpvsSave() reads what kube-proxy left", PURE, () => {
  const saved = text(recorded.kubeProxySave);
  const table = parseIpvsSave(saved);
  assertEquals(table.size, 6);
  assertEquals(formatIpvsSave(table), saved);
});

for (
  const line of [
    "-a -t 10.96.0.1:80 -r 10.244.1.1:80 -m -w 1",
    "-A -t 10.96.0.1:80",
    "-A -x 10.96.0.1:80 -s rr",
    "-D -t 10.96.0.1:80",
  ]
) {
  Deno.test(`parseIpvsSave() throws at ${JSON.stringify(line)}`, PURE, () => {
    assertThrows(() => parseIpvsSave(`${line}\n`), SyntaxError, "Cannot read");
  });
}
