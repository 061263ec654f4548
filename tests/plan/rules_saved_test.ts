import { assertEquals } from "@std/assert";
import {
  countRules,
  isOurs,
  parseSaved,
  targetOf,
} from "../../mod/plan/rules_saved.ts";

const PURE = { permissions: "none" } as const;

Deno.test(
  "parseSaved() reads chains and rules in order, with and without counters",
  PURE,
  () => {
    const tables = parseSaved(
      "# a comment\n*nat\n:PREROUTING ACCEPT [1:60]\n:KUBE-VS-SERVICES - [0:0]\n" +
        "[3:180] -A PREROUTING -j KUBE-VS-SERVICES\n" +
        "-A PREROUTING -j OTHER \nCOMMIT\n*filter\n:INPUT DROP [0:0]\nCOMMIT\n",
    );
    assertEquals([...tables.keys()], ["nat", "filter"]);
    assertEquals(
      [...tables.get("nat")?.chains ?? []],
      [
        ["PREROUTING", ["-j KUBE-VS-SERVICES", "-j OTHER"]],
        ["KUBE-VS-SERVICES", []],
      ],
    );
  },
);

Deno.test("isOurs() goes by our prefix", PURE, () => {
  assertEquals(["KUBE-VS-INPUT", "KUBE-SERVICES", "INPUT"].map(isOurs), [
    true,
    false,
    false,
  ]);
});

Deno.test("parseSaved() reads policies of built-in chains", PURE, () => {
  const table = parseSaved(
    "*filter\n:INPUT DROP [0:0]\n:MINE - [0:0]\nCOMMIT\n",
  ).get("filter");
  assertEquals([...table?.policies ?? []], [["INPUT", "DROP"]]);
});

Deno.test(
  "targetOf() and countRules() read rules as they are printed",
  PURE,
  () => {
    assertEquals(
      ["-j A", "-p tcp -g B --x 1", "-m comment --comment z"].map(targetOf),
      ["A", "B", ""],
    );
    const saved = "*nat\n:A - [0:0]\n-A A -j B\n[3:180] -A A -j C\nCOMMIT\n";
    assertEquals(countRules(saved), 2);
  },
);
