import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  BatchError,
  CommandError,
  createHost,
  findIptablesBackEnd,
  openHost,
} from "#apply";
import { FakeHost, type FakeIptablesKind } from "../support/fake_host.ts";

const PURE = { permissions: "none" } as const;
const HINT = "*mangle\n:KUBE-IPTABLES-HINT - [0:0]\nCOMMIT\n";
const CANARY = "*nat\n:KUBE-KUBELET-CANARY - [0:0]\nCOMMIT\n";
const RULE = "*filter\n-A INPUT -j ACCEPT\nCOMMIT\n";
const TWO_RULES = "*filter\n-A INPUT -j ACCEPT\n-A OUTPUT -j ACCEPT\nCOMMIT\n";

interface Case {
  readonly what: string;
  readonly tables?: readonly (readonly [FakeIptablesKind, string])[];
  readonly works?: Partial<FakeHost["iptables"]["works"]>;
  readonly missing?: readonly string[];
  readonly backEnd: "nft" | "legacy";
}

const CASES: readonly Case[] = [
  { what: "an empty host", backEnd: "nft" },
  {
    what: "a kernel that refuses nft's writes",
    works: { nft: false },
    backEnd: "legacy",
  },
  {
    what: "the kubelet's hint in legacy, more rules in nft",
    tables: [["iptables-legacy", HINT], ["iptables-nft", TWO_RULES]],
    backEnd: "legacy",
  },
  {
    what: "the kubelet's canary of IPv6 alone",
    tables: [["ip6tables-legacy", CANARY], ["iptables-nft", RULE]],
    backEnd: "legacy",
  },
  {
    what: "the kubelet's hint in both",
    tables: [["iptables-legacy", HINT], ["iptables-nft", HINT]],
    backEnd: "nft",
  },
  {
    what: "more rules in legacy",
    tables: [["iptables-legacy", TWO_RULES], ["iptables-nft", RULE]],
    backEnd: "legacy",
  },
  {
    what: "more rules in nft",
    tables: [["iptables-legacy", RULE], ["ip6tables-nft", TWO_RULES]],
    backEnd: "nft",
  },
  {
    what: "a host without the nft programs",
    missing: ["iptables-nft-save", "ip6tables-nft-save"],
    backEnd: "legacy",
  },
  {
    what: "a host without the legacy programs",
    missing: ["iptables-legacy-save", "ip6tables-legacy-save"],
    backEnd: "nft",
  },
];

for (const { what, tables, works, missing, backEnd } of CASES) {
  Deno.test(
    `findIptablesBackEnd() chooses ${backEnd} with ${what}`,
    PURE,
    async () => {
      const fake = new FakeHost();
      Object.assign(fake.iptables.works, works);
      for (const program of missing ?? []) fake.missing.add(program);
      for (const [kind, document] of tables ?? []) {
        fake.iptables.edit(kind, document);
      }
      const before = fake.dump();
      assertEquals((await findIptablesBackEnd(fake)).backEnd, backEnd);
      assertEquals((await openHost(fake)).iptables.backEnd, backEnd);
      const kept = tables === undefined ? [] : before.split("\n");
      for (const line of kept) assert(fake.dump().includes(line));
      assert(!fake.dump().includes("SCRATCH"));
      fake.assertUnderstood();
    },
  );
}

for (const backEnd of ["nft", "legacy"] as const) {
  Deno.test(
    `findIptablesBackEnd() tries ${backEnd} again when a table was half made`,
    PURE,
    async () => {
      const fake = new FakeHost();
      fake.iptables.works.nft = backEnd === "nft";
      fake.faults.add({
        program: `iptables-${backEnd}-restore`,
        effect: {
          kind: "exit",
          code: 2,
          stderr: "unable to initialize table 'mangle'\n",
        },
      });
      assertEquals((await findIptablesBackEnd(fake)).backEnd, backEnd);
    },
  );
}

Deno.test(
  "findIptablesBackEnd() says so when no back end takes writes",
  PURE,
  async () => {
    const fake = new FakeHost();
    Object.assign(fake.iptables.works, { nft: false, legacy: false });
    await assertRejects(() => findIptablesBackEnd(fake), CommandError, "exit");
  },
);

Deno.test(
  "findIptablesBackEnd() names the package when nothing is there",
  PURE,
  async () => {
    const fake = new FakeHost();
    for (const family of ["iptables", "ip6tables"]) {
      fake.missing.add(`${family}-nft-save`).add(`${family}-legacy-save`);
    }
    await assertRejects(
      () => findIptablesBackEnd(fake),
      CommandError,
      "install the package iptables",
    );
  },
);

Deno.test(
  "restore() waits for the lock a bounded time, then throws",
  PURE,
  async () => {
    const fake = new FakeHost();
    fake.iptables.lockHeld = true;
    const { iptables } = createHost(fake, "legacy");
    const error = await assertRejects(
      () => iptables.restore("ipv4", RULE),
      BatchError,
      "xtables lock",
    );
    assertEquals(error.code, 4);
    assertEquals(error.argv, [
      "iptables-legacy-restore",
      "--noflush",
      "-w",
      "1",
    ]);
    assertEquals(await iptables.save("ipv4"), "");
  },
);
