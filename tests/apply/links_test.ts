import { assertEquals, assertRejects } from "@std/assert";
import { BatchError, CommandError, createHost } from "#apply";
import { address } from "../contract/contract.ts";
import recorded from "./fixtures/recorded.json" with { type: "json" };
import { ScriptedRunner, text } from "./support.ts";

const PURE = { permissions: "none" } as const;

Deno.test("device() reads a dummy without addresses", PURE, async () => {
  const stdout = text(recorded.ipAddrDevice);
  const { links } = createHost(new ScriptedRunner({ stdout }), "nft");
  assertEquals(await links.device("kube-ipvs0"), {
    isDummy: true,
    addresses: new Set(),
  });
});

Deno.test("device() tells a device of another kind", PURE, async () => {
  const stdout = '[{"ifname":"kube-ipvs0","addr_info":[]}]';
  const { links } = createHost(new ScriptedRunner({ stdout }), "nft");
  assertEquals(await links.device("kube-ipvs0"), {
    isDummy: false,
    addresses: new Set(),
  });
});

Deno.test("device() tells an absent device from a failure", PURE, async () => {
  const { links } = createHost(
    new ScriptedRunner(
      { code: 1, stderr: 'Device "kube-ipvs0" does not exist.\n' },
      { code: 1, stderr: "Operation not permitted\n" },
    ),
    "nft",
  );
  assertEquals(await links.device("kube-ipvs0"), undefined);
  await assertRejects(() => links.device("kube-ipvs0"), CommandError);
});

Deno.test(
  "hostAddresses() reads all devices, without link-local addresses",
  PURE,
  async () => {
    const stdout = text(recorded.ipAddr).replace(
      '{"family":"inet6","local":"fd00::1"',
      '{"family":"inet6","local":"fe80::1","scope":"link"},$&',
    );
    const { links } = createHost(new ScriptedRunner({ stdout }), "nft");
    assertEquals(
      await links.hostAddresses(),
      new Map([
        ["lo", new Set(["127.0.0.1", "::1"].map(address))],
        [
          "kube-ipvs0",
          new Set(["10.96.0.1", "10.96.0.2", "fd00::1"].map(address)),
        ],
      ]),
    );
  },
);

Deno.test("hostAddresses() throws at what is not JSON", PURE, async () => {
  const { links } = createHost(new ScriptedRunner({ stdout: "1: lo" }), "nft");
  await assertRejects(() => links.hostAddresses(), SyntaxError, "Cannot read");
});

Deno.test(
  "restore() sends one batch, adds first, IPv6 without detection",
  PURE,
  async () => {
    const runner = new ScriptedRunner({});
    const { links } = createHost(runner, "nft");
    await links.restore("d0", { add: [], delete: [] });
    await links.restore("d0", {
      add: ["10.0.0.1", "fd00::1"].map(address),
      delete: ["10.0.0.2", "fd00::2"].map(address),
    });
    assertEquals(runner.asked, [{
      argv: "ip -force -batch -",
      stdin: "address replace 10.0.0.1/32 dev d0\n" +
        "address replace fd00::1/128 dev d0 nodad\n" +
        "address delete 10.0.0.2/32 dev d0\n" +
        "address delete fd00::2/128 dev d0\n",
    }]);
  },
);

Deno.test(
  "restore() forgives only the deletion of what is absent",
  PURE,
  async () => {
    const stderr = text(recorded.ipForcedBatchErrors);
    const { links } = createHost(
      new ScriptedRunner({ code: 1, stderr }),
      "nft",
    );
    const error = await assertRejects(
      () =>
        links.restore("d0", {
          add: ["10.0.0.1"].map(address),
          delete: ["10.0.0.2", "10.0.0.3"].map(address),
        }),
      BatchError,
    );
    assertEquals(error.refusals, [
      'address delete 10.0.0.3/32 dev d0: Cannot find device "nosuch"',
      'Error: any valid prefix is expected rather than "10.96.0.300/32".',
    ]);
  },
);

Deno.test("restore() throws when ip died without a word", PURE, async () => {
  const { links } = createHost(new ScriptedRunner({ code: 137 }), "nft");
  await assertRejects(
    () => links.restore("d0", { add: [address("10.0.0.1")], delete: [] }),
    BatchError,
  );
});

Deno.test("a device's name is one plain word", PURE, async () => {
  const { links } = createHost(new ScriptedRunner(), "nft");
  for (const name of ["-all", "a b", ""]) {
    await assertRejects(() => links.addDevice(name), TypeError, "a device");
  }
});
