import { assert, assertEquals, assertRejects } from "@std/assert";
import { CommandError } from "../../mod/apply/errors.ts";
import { settle } from "./fake_clock.ts";
import { FakeHost, FakeMisuse, type FaultEffect } from "./fake_host.ts";

const PURE = { permissions: "none" } as const;
const RESTORE = ["ipvsadm", "--restore"] as const;
const TWO = "-A -t 10.0.0.1:80 -s rr\n-A -t 10.0.0.2:80 -s rr\n";

const MISUNDERSTOOD = [
  ["ipvsadm", "--zero"],
  ["ipset", "list"],
  ["ip", "route"],
  ["iptables", "-L"],
  ["sysctl", "-a"],
  ["modprobe", "ip_vs"],
  ["conntrack", "-L"],
  ["systemctl", "stop"],
] as const;

for (const argv of MISUNDERSTOOD) {
  Deno.test(
    `${argv.join(" ")} fails this call and all later ones`,
    PURE,
    async () => {
      const fake = new FakeHost();
      await assertRejects(() => fake.run(argv), FakeMisuse);
      await assertRejects(() => fake.run(["lsmod"]), FakeMisuse);
    },
  );
}

const LINES = [
  [[...RESTORE], "-A -t 10.0.0.1:80 -s rr --surprise"],
  [[...RESTORE], "-X -t 10.0.0.1:80"],
  [["ipset", "restore"], "create A hash:mac"],
  [["ipset", "restore"], "create A hash:ip timeout 5"],
  [["iptables-nft-restore", "--noflush", "-w", "5"], "*nat\n-Z\nCOMMIT"],
  [["iptables-nft-restore", "-w", "5"], "*nat\nCOMMIT"],
  [["ip", "-batch", "-"], "route add default dev lo"],
] as const;

for (const [[program, ...rest], stdin] of LINES) {
  Deno.test(
    `${program} does not guess at ${JSON.stringify(stdin)}`,
    PURE,
    async () => {
      const run = () => new FakeHost().run([program!, ...rest], { stdin });
      await assertRejects(run, FakeMisuse);
    },
  );
}

Deno.test(
  "an absent program is a CommandError, as on the host",
  PURE,
  async () => {
    const fake = new FakeHost();
    fake.missing.add("ipvsadm");
    const error = await assertRejects(
      () => fake.run(["ipvsadm", "-Ln"]),
      CommandError,
    );
    assertEquals(error.failure, "missing");
    fake.assertUnderstood();
  },
);

const EFFECTS: readonly (readonly [FaultEffect, number, string])[] = [
  [{ kind: "exit", code: 5, stderr: "no\n" }, 5, ""],
  [{ kind: "killed", afterLines: 0 }, 137, ""],
  [{ kind: "killed", afterLines: 1 }, 137, "-A -t 10.0.0.1:80 -s rr\n"],
  [{ kind: "hang" }, 124, ""],
];

for (const [effect, code, dump] of EFFECTS) {
  Deno.test(`fault ${JSON.stringify(effect)} happens once`, PURE, async () => {
    const fake = new FakeHost();
    fake.faults.add({ program: "ipvsadm", effect });
    await fake.run(["lsmod"]);
    const result = await fake.run(RESTORE, { stdin: TWO });
    assertEquals([result.code, fake.ipvs.dump()], [code, dump]);
    fake.ipvs.table.clear();
    assertEquals((await fake.run(RESTORE, { stdin: TWO })).code, 0);
    assertEquals(fake.ipvs.dump(), TWO);
  });
}

Deno.test("a fault may choose its call, and stay", PURE, async () => {
  const fake = new FakeHost();
  fake.faults.add({
    when: ({ number, argv }) => number > 1 && argv[0] === "lsmod",
    times: Infinity,
    effect: { kind: "denied" },
  });
  await fake.run(["lsmod"]);
  for (let again = 0; again < 2; again++) {
    const error = await assertRejects(
      () => fake.run(["lsmod"]),
      CommandError,
    );
    assertEquals(error.failure, "denied");
  }
  fake.faults.clear();
  await fake.run(["lsmod"]);
});

Deno.test("a hanging command ends with its signal", PURE, async () => {
  const fake = new FakeHost();
  const control = new AbortController();
  fake.faults.add({ effect: { kind: "hang" } });
  const running = fake.run(["lsmod"], { signal: control.signal });
  await settle();
  control.abort(new Error("enough"));
  await assertRejects(() => running, Error, "enough");
});

Deno.test("processes and lines are counted", PURE, async () => {
  const fake = new FakeHost();
  await fake.run(RESTORE, { stdin: TWO });
  await fake.run(["lsmod"]);
  assertEquals(fake.counts, { processes: 2, lines: 2 });
  fake.resetCounts();
  assertEquals(fake.counts, { processes: 0, lines: 0 });
  assertEquals(fake.ipvs.table.size, 2);
});

Deno.test(
  "state is edited as a foreigner would, and dumped as text",
  PURE,
  () => {
    const fake = new FakeHost();
    fake.ipvs.edit(
      "-A -t 10.0.0.1:80 -s rr",
      "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -m -w 1",
    );
    fake.ipvs.setConnections("-t 10.0.0.1:80", "10.1.0.1:80", { active: 3 });
    fake.ipset.edit("create A hash:ip", "add A 10.0.0.1");
    fake.iptables.edit("iptables-nft", "*nat\n-A OUTPUT -j ACCEPT\nCOMMIT\n");
    fake.ip.addDevice("d0", "dummy", ["10.0.0.1/32"]);
    assertEquals(
      fake.dump(),
      `# ipvsadm
-A -t 10.0.0.1:80 -s rr
-a -t 10.0.0.1:80 -r 10.1.0.1:80 -m -w 1
# ipset
create A hash:ip family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0xe67b865a
add A 10.0.0.1
# iptables-nft
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A OUTPUT -j ACCEPT
COMMIT
# ip
link add d0 type dummy
address add 10.0.0.1/32 dev d0
`,
    );
    assertEquals(
      fake.ipvs.run(["-Ln", "-t", "10.0.0.1:80"], "").stdout.split("\n")[3],
      "  -> 10.1.0.1:80                  Masq    1      3          0         ",
    );
  },
);

Deno.test(
  "lines() tells of addresses and devices as ip monitor does",
  PURE,
  async () => {
    const fake = new FakeHost();
    const control = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      const argv = ["ip", "-o", "monitor", "link", "address"] as const;
      for await (const line of fake.lines(argv, control.signal)) {
        seen.push(
          line,
        );
      }
    })();
    await settle();
    fake.ip.addDevice("d0", "dummy", []);
    fake.ip.addAddress("d0", "10.0.0.1/32");
    await settle();
    fake.ip.deleteAddress("d0", "10.0.0.1/32");
    fake.ip.deleteDevice("d0");
    await settle();
    control.abort();
    await reading;
    assertEquals(
      seen.map((line) => line.replace(/\s+/g, " ").split(" ").slice(0, 4)),
      [
        ["2:", "d0:", "<BROADCAST,NOARP>", "mtu"],
        ["2:", "d0", "inet", "10.0.0.1/32"],
        ["Deleted", "2:", "d0", "inet"],
        ["Deleted", "2:", "d0:", "<BROADCAST,NOARP>"],
      ],
    );
  },
);

Deno.test(
  "10,000 services of 10 real servers restore and list in a blink",
  PURE,
  async () => {
    const fake = new FakeHost();
    const lines: string[] = [];
    for (let i = 0; i < 10_000; i++) {
      const key = `-t 10.96.${i >> 8}.${i & 255}:80`;
      lines.push(`-A ${key} -s rr`);
      for (let real = 0; real < 10; real++) {
        lines.push(`-a ${key} -r 10.${real}.${i >> 8}.${i & 255}:80 -m -w 1`);
      }
    }
    const stdin = `${lines.join("\n")}\n`;
    assertEquals((await fake.run(RESTORE, { stdin })).stderr, "");
    assertEquals((await fake.run(["ipvsadm", "-Sn"])).stdout, stdin);
    const { stdout } = await fake.run(["ipvsadm", "-Ln", "--exact"]);
    assert(stdout.length > 7_000_000);
  },
);
