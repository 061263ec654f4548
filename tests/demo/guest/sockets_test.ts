import { assertEquals } from "@std/assert";
import { couldAnswer, parseSockets } from "./sockets.ts";

const PURE = { permissions: "none" } as const;

const LISTING =
  `Netid State  Recv-Q Send-Q Local Address:Port  Peer Address:Port
udp   UNCONN 0      0            0.0.0.0:53         0.0.0.0:*
tcp   LISTEN 0      4096       127.0.0.1:10249      0.0.0.0:*
tcp   LISTEN 0      4096               *:10256            *:*
tcp   LISTEN 0      128  [fe80::1%eth0]:5432           [::]:*
tcp   LISTEN 0      1024            [::]:5432          [::]:*
`;

Deno.test(
  "parseSockets() reads what ss prints, without its heading",
  PURE,
  () => {
    assertEquals(parseSockets(LISTING), [
      { protocol: "udp", address: "0.0.0.0", port: 53 },
      { protocol: "tcp", address: "127.0.0.1", port: 10249 },
      { protocol: "tcp", address: "*", port: 10256 },
      { protocol: "tcp", address: "[fe80::1]", port: 5432 },
      { protocol: "tcp", address: "[::]", port: 5432 },
    ]);
  },
);

Deno.test(
  "couldAnswer() finds sockets of all addresses with that port",
  PURE,
  () => {
    const target = { address: "10.96.0.12", port: 5432 };
    assertEquals(couldAnswer(parseSockets(LISTING), target), [
      { protocol: "tcp", address: "[::]", port: 5432 },
    ]);
  },
);

Deno.test(
  "couldAnswer() finds sockets of that address with any port",
  PURE,
  () => {
    const own = { protocol: "tcp", address: "10.96.0.12", port: 1 };
    const target = { address: "10.96.0.12", port: 5432 };
    assertEquals(couldAnswer([own], target), [own]);
  },
);

Deno.test("couldAnswer() passes by other addresses and ports", PURE, () => {
  const target = { address: "10.96.0.12", port: 80 };
  assertEquals(couldAnswer(parseSockets(LISTING), target), []);
});
