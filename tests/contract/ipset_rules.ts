import { assert, assertEquals, assertRejects } from "@std/assert";
import { BatchError, type Host, setCapacity, setType } from "#apply";
import { SET_KINDS, type SetEntry, type SetKind, setName } from "#plan";
import type { ContractRule, ContractSubject } from "./contract.ts";

const FAMILIES = ["ipv4", "ipv6"] as const;

function entry(
  set: SetKind,
  element: string,
  mark?: number,
): SetEntry {
  const family = element.includes("::") ? "ipv6" : "ipv4";
  return { family, set, element, ...mark === undefined ? {} : { mark } };
}

const ENTRIES: readonly SetEntry[] = [
  entry("frontends", "10.96.0.1,tcp:443"),
  entry("frontends", "10.96.0.1,udp:53"),
  entry("frontends", "10.96.0.1,sctp:7"),
  entry("frontends", "fd00::1,tcp:443"),
  entry("addresses", "10.96.0.1"),
  entry("addresses", "fd00::1"),
  entry("mark", "10.96.0.1,tcp:443", 0x1000_4001),
  entry("mark", "10.96.0.2,tcp:443", 0xffff_ffff),
  entry("mark", "fd00::1,tcp:443", 5),
  entry("source-ranges", "10.96.0.1,tcp:443,10.1.0.0/16"),
  entry("source-ranges", "10.96.0.1,tcp:443,10.2.3.4"),
  entry("source-ranges", "fd00::1,tcp:443,fd01::/16"),
  entry("source-ranges", "fd00::1,tcp:443,fd02::9"),
  entry("health-checks", "30123"),
];

async function makeAll(host: Host, elements = 0): Promise<void> {
  const needs = FAMILIES.flatMap((family) =>
    SET_KINDS.map((set) => ({ family, set, elements }))
  );
  await host.ipSets.ensure(needs, await host.ipSets.list());
}

/** "SET element [mark]", sorted. */
async function held(host: Host): Promise<readonly string[]> {
  return [...await host.ipSets.list()].flatMap(([name, { elements }]) =>
    [...elements].map(([element, mark]) =>
      `${name} ${element}${mark === undefined ? "" : ` ${mark}`}`
    )
  ).sort();
}

function expected(entries: readonly SetEntry[]): readonly string[] {
  return entries.map(({ set, family, element, mark }) =>
    `${setName(set, family)} ${element}${mark === undefined ? "" : ` ${mark}`}`
  ).sort();
}

async function restoreText(
  { runner }: ContractSubject,
  ...lines: readonly string[]
): Promise<{ readonly code: number; readonly stderr: string }> {
  const stdin = lines.map((line) => `${line}\n`).join("");
  return await runner.run(["ipset", "restore", "-exist"], { stdin });
}

const FRONTENDS = setName("frontends", "ipv4");

/** Rules of the sets. */
export const IPSET_RULES: readonly ContractRule[] = [
  {
    name: "ipset: ensure makes every set, and finds nothing to do again",
    async check({ host }) {
      await makeAll(host);
      const sets = await host.ipSets.list();
      for (const family of FAMILIES) {
        for (const kind of SET_KINDS) {
          const set = sets.get(setName(kind, family));
          assertEquals(set?.type, setType(kind, family));
          const most = kind === "health-checks" ? undefined : setCapacity(0);
          assertEquals(set?.maxElements, most);
        }
      }
      await makeAll(host);
      assertEquals(await host.ipSets.list(), sets);
    },
  },
  {
    name: "ipset: what was added is listed, in the plan's own text",
    async check({ host }) {
      await makeAll(host);
      await host.ipSets.restore({ add: ENTRIES, delete: [] });
      assertEquals(await held(host), expected(ENTRIES));
      await host.ipSets.restore({ add: ENTRIES, delete: [] });
      assertEquals(await held(host), expected(ENTRIES));
      await host.ipSets.restore({ add: [], delete: ENTRIES });
      assertEquals(await held(host), []);
    },
  },
  {
    name: "ipset: a /32 or /128 network is listed without its suffix",
    async check({ host }) {
      await makeAll(host);
      await host.ipSets.restore({
        add: [
          entry("source-ranges", "10.96.0.1,tcp:443,10.2.3.4/32"),
          entry("source-ranges", "fd00::1,tcp:443,fd02::9/128"),
        ],
        delete: [],
      });
      assertEquals(await held(host), [
        "KUBE-VS4-SOURCE-RANGES 10.96.0.1,tcp:443,10.2.3.4",
        "KUBE-VS6-SOURCE-RANGES fd00::1,tcp:443,fd02::9",
      ]);
    },
  },
  {
    name: "ipset: deleting what is absent is accepted",
    async check({ host }) {
      await makeAll(host);
      await host.ipSets.restore({ add: [], delete: ENTRIES });
      assertEquals(await held(host), []);
    },
  },
  {
    name: "ipset: adding again replaces the mark",
    async check({ host }) {
      await makeAll(host);
      for (const mark of [1, 0x20]) {
        const add = [entry("mark", "10.96.0.1,tcp:443", mark)];
        await host.ipSets.restore({ add, delete: [] });
        assertEquals(await held(host), expected(add));
      }
    },
  },
  {
    name: "ipset: a full set stops the batch there; what came before stays",
    async check(subject) {
      await restoreText(
        subject,
        `create ${FRONTENDS} hash:ip,port family inet hashsize 1024 maxelem 1`,
      );
      const error = await assertRejects(
        () =>
          subject.host.ipSets.restore({
            add: ENTRIES.slice(0, 2),
            delete: [],
          }),
        BatchError,
      );
      assertEquals(error.code, 1);
      assert(/Error in line 2: Hash is full/.test(error.message));
      assertEquals(await held(subject.host), expected(ENTRIES.slice(0, 1)));
    },
  },
  {
    name: "ipset: a set that does not exist loses the lines just before it",
    async check(subject) {
      await makeAll(subject.host);
      const result = await restoreText(
        subject,
        `add ${FRONTENDS} 10.96.0.1,tcp:443`,
        "add KUBE-VS4-NOSUCH 10.96.0.1,tcp:443",
      );
      assertEquals(result.code, 1);
      assert(result.stderr.includes(
        "Error in line 2: The set with the given name does not exist",
      ));
      assertEquals(await held(subject.host), []);
    },
  },
  {
    name: "ipset: a set that is too small grows, its elements in it, in use",
    async check(subject) {
      const { host, runner, iptables } = subject;
      await makeAll(host);
      await host.ipSets.restore({ add: ENTRIES, delete: [] });
      const rule =
        "-A INPUT -m set --match-set KUBE-VS4-MARK dst,dst -j RETURN";
      await runner.run([`${iptables}-restore`, "--noflush", "-w", "5"], {
        stdin: `*mangle\n${rule}\nCOMMIT\n`,
      });
      await makeAll(host, 5000);
      const sets = await host.ipSets.list();
      assertEquals(sets.get("KUBE-VS4-MARK")?.maxElements, 8192);
      assertEquals(sets.size, 2 * SET_KINDS.length);
      assertEquals(await held(host), expected(ENTRIES));
    },
  },
  {
    name: "ipset: a set without skbinfo is made anew with it",
    async check(subject) {
      await restoreText(
        subject,
        "create KUBE-VS4-MARK hash:ip,port family inet hashsize 1024 maxelem 1024",
        "add KUBE-VS4-MARK 10.96.0.1,tcp:443",
      );
      await makeAll(subject.host);
      assertEquals(await held(subject.host), [
        "KUBE-VS4-MARK 10.96.0.1,tcp:443",
      ]);
      const add = [entry("mark", "10.96.0.1,tcp:443", 7)];
      await subject.host.ipSets.restore({ add, delete: [] });
      assertEquals(await held(subject.host), expected(add));
    },
  },
  {
    name: "ipset: a set of another type under our name is made anew",
    async check(subject) {
      await restoreText(subject, `create ${FRONTENDS} hash:ip family inet`);
      await makeAll(subject.host);
      const sets = await subject.host.ipSets.list();
      assertEquals(sets.get(FRONTENDS)?.type, "hash:ip,port family inet");
    },
  },
  {
    name: "ipset: what an interrupted swap left is cleared",
    async check(subject) {
      await restoreText(
        subject,
        `create ${FRONTENDS} hash:ip,port family inet hashsize 1024 maxelem 64`,
        "create KUBE-VS4-NEXT hash:ip family inet",
        "add KUBE-VS4-NEXT 10.0.0.1",
      );
      await makeAll(subject.host);
      const sets = await subject.host.ipSets.list();
      assertEquals(sets.size, 2 * SET_KINDS.length);
      assertEquals(sets.get(FRONTENDS)?.maxElements, 1024);
    },
  },
  {
    name: "ipset: foreign sets are neither listed nor touched",
    async check(subject) {
      const lines = [
        "create KUBE-CLUSTER-IP hash:ip,port family inet",
        "add KUBE-CLUSTER-IP 10.96.0.1,tcp:443",
      ];
      await restoreText(subject, ...lines);
      await makeAll(subject.host);
      const sets = await subject.host.ipSets.list();
      assert(!sets.has("KUBE-CLUSTER-IP"));
      await subject.host.ipSets.destroy([...sets.keys()]);
      const { stdout } = await subject.runner.run(["ipset", "save"]);
      assertEquals(stdout.match(/^create \S+/gm), ["create KUBE-CLUSTER-IP"]);
      assert(stdout.includes("\nadd KUBE-CLUSTER-IP 10.96.0.1,tcp:443\n"));
    },
  },
  {
    name: "ipset: a set that a rule names cannot be destroyed",
    async check({ host, runner, iptables }) {
      await makeAll(host);
      const rule = `-A INPUT -m set --match-set ${FRONTENDS} dst,dst -j RETURN`;
      await runner.run([`${iptables}-restore`, "--noflush", "-w", "5"], {
        stdin: `*mangle\n${rule}\nCOMMIT\n`,
      });
      const error = await assertRejects(
        () => host.ipSets.destroy([FRONTENDS]),
        BatchError,
      );
      assert(error.message.includes("it is in use by a kernel component"));
      assert((await host.ipSets.list()).has(FRONTENDS));
    },
  },
];
