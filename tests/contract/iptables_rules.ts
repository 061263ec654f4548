import { assert, assertEquals, assertRejects } from "@std/assert";
import { BatchError } from "#apply";
import type { ContractRule } from "./contract.ts";

/** Chains and rules alone: counters and dates differ. */
function lines(text: string): readonly string[] {
  return text.split("\n").filter((line) => /^(?:\*|:|-A )/.test(line))
    .map((line) => line.replace(/ \[\d+:\d+\]$/, ""));
}

const OURS = `*nat
:KUBE-VS-SERVICES - [0:0]
-A KUBE-VS-SERVICES -m comment --comment "not ours alone" -j RETURN
COMMIT
`;

/** Rules of iptables-restore. */
export const IPTABLES_RULES: readonly ContractRule[] = [
  {
    name:
      "iptables: a restored chain is saved; restoring it again changes it not",
    async check({ host }) {
      for (const family of ["ipv4", "ipv6"] as const) {
        await host.iptables.restore(family, OURS);
        const once = lines(await host.iptables.save(family));
        assert(once.includes(":KUBE-VS-SERVICES -"));
        assert(once.includes(
          '-A KUBE-VS-SERVICES -m comment --comment "not ours alone" -j RETURN',
        ));
        await host.iptables.restore(family, OURS);
        assertEquals(lines(await host.iptables.save(family)), once);
      }
    },
  },
  {
    name: "iptables: other chains stay as they are",
    async check({ host }) {
      await host.iptables.restore(
        "ipv4",
        "*nat\n:FOREIGN - [0:0]\n-A FOREIGN -j ACCEPT\n" +
          "-A PREROUTING -j FOREIGN\nCOMMIT\n",
      );
      await host.iptables.restore("ipv4", OURS);
      const saved = lines(await host.iptables.save("ipv4"));
      assert(saved.includes("-A FOREIGN -j ACCEPT"));
      assert(saved.includes("-A PREROUTING -j FOREIGN"));
    },
  },
  {
    name: "iptables: a refused table stays, an earlier one is committed",
    async check({ host }) {
      const error = await assertRejects(
        () =>
          host.iptables.restore(
            "ipv4",
            `${OURS}*filter\n:KUBE-VS-A - [0:0]\n` +
              "-A KUBE-VS-NOSUCH -j DROP\nCOMMIT\n" +
              "*mangle\n:KUBE-VS-B - [0:0]\nCOMMIT\n",
          ),
        BatchError,
      );
      assert(error.code !== 0);
      const saved = lines(await host.iptables.save("ipv4"));
      assert(saved.includes(":KUBE-VS-SERVICES -"));
      assert(!saved.includes(":KUBE-VS-A -"));
      assert(!saved.includes(":KUBE-VS-B -"));
    },
  },
  {
    name: "iptables: a table that no kernel has is asked for, and missing",
    async check({ runner }) {
      const program = "iptables-legacy-save";
      const { code, stderr } = await runner.run([program, "-t", "none"]);
      assertEquals(code, 1);
      assert(stderr.includes("do you need to insmod?"), stderr);
    },
  },
  {
    name: "iptables: a rule that names an absent set is refused with its name",
    async check({ host }) {
      const rule =
        "-A PREROUTING -m set --match-set KUBE-VS4-NOSUCH dst,dst -j ACCEPT";
      const error = await assertRejects(
        () => host.iptables.restore("ipv4", `*nat\n${rule}\nCOMMIT\n`),
        BatchError,
      );
      assertEquals(error.code, 2);
      assert(error.message.includes("Set KUBE-VS4-NOSUCH doesn't exist"));
    },
  },
  {
    name: "iptables: a chain that is jumped to cannot be deleted, else it can",
    async check({ host }) {
      await host.iptables.restore(
        "ipv4",
        `${OURS}*nat\n-A PREROUTING -j KUBE-VS-SERVICES\nCOMMIT\n`,
      );
      const remove = "*nat\n-F KUBE-VS-SERVICES\n-X KUBE-VS-SERVICES\nCOMMIT\n";
      await assertRejects(
        () => host.iptables.restore("ipv4", remove),
        BatchError,
      );
      await host.iptables.restore(
        "ipv4",
        "*nat\n-D PREROUTING -j KUBE-VS-SERVICES\n-F KUBE-VS-SERVICES\n" +
          "-X KUBE-VS-SERVICES\nCOMMIT\n",
      );
      const saved = lines(await host.iptables.save("ipv4"));
      assert(!saved.includes(":KUBE-VS-SERVICES -"));
    },
  },
  {
    name: "iptables: -I puts a rule first, or at its number",
    async check({ host }) {
      await host.iptables.restore(
        "ipv4",
        "*mangle\n:KUBE-VS-A - [0:0]\n-A KUBE-VS-A -j ACCEPT\n" +
          "-I KUBE-VS-A -j DROP\n-I KUBE-VS-A 2 -j RETURN\nCOMMIT\n",
      );
      const saved = lines(await host.iptables.save("ipv4"));
      assertEquals(saved.filter((line) => line.startsWith("-A KUBE-VS-A")), [
        "-A KUBE-VS-A -j DROP",
        "-A KUBE-VS-A -j RETURN",
        "-A KUBE-VS-A -j ACCEPT",
      ]);
    },
  },
];
