import { assertEquals, assertRejects } from "@std/assert";
import { CommandError, createHost } from "#apply";
import { address, realKey } from "../contract/contract.ts";
import { ScriptedRunner } from "./support.ts";

const PURE = { permissions: "none" } as const;
const DNS = {
  protocol: "udp",
  address: address("10.96.0.10"),
  port: 53,
} as const;

Deno.test(
  "delete() sends one batch and counts what it printed",
  PURE,
  async () => {
    const runner = new ScriptedRunner({ stdout: "udp 17 ...\nudp 17 ...\n" });
    const { conntrack } = createHost(runner, "nft");
    assertEquals(await conntrack.delete([]), 0);
    const six = {
      ...DNS,
      protocol: "sctp",
      address: address("fd00::10"),
    } as const;
    const count = await conntrack.delete([
      DNS,
      { ...DNS, realServer: realKey("10.244.1.1:5353") },
      { ...DNS, client: { address: address("10.244.1.9"), port: 4000 } },
      { ...six, realServer: realKey("[fd00:1::1]:5353") },
    ]);
    assertEquals(count, 2);
    assertEquals(runner.asked, [{
      argv: "conntrack -R -",
      stdin: "-D -p udp -d 10.96.0.10 --dport 53\n" +
        "-D -p udp -d 10.96.0.10 --dport 53 -r 10.244.1.1 --reply-port-src 5353\n" +
        "-D -p udp -d 10.96.0.10 --dport 53 -s 10.244.1.9 --sport 4000\n" +
        "-D -p sctp -d fd00::10 --dport 53 -r fd00:1::1 --reply-port-src 5353\n",
    }]);
  },
);

Deno.test(
  "delete() throws when conntrack could not read its lines",
  PURE,
  async () => {
    const runner = new ScriptedRunner({ code: 2, stderr: "unknown option\n" });
    const { conntrack } = createHost(runner, "nft");
    await assertRejects(
      () => conntrack.delete([DNS]),
      CommandError,
      "unknown option",
    );
  },
);

Deno.test("delete() refuses words and ports that are none", PURE, async () => {
  const { conntrack } = createHost(new ScriptedRunner(), "nft");
  for (
    const bad of [
      { ...DNS, port: 0 },
      { ...DNS, port: 65536 },
      { ...DNS, address: address("10.0.0.1 -p tcp") },
      { ...DNS, realServer: realKey("-D:53") },
    ]
  ) {
    await assertRejects(() => conntrack.delete([bad]), Error, "Cannot write");
  }
});
