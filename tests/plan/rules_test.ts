import { assert, assertEquals } from "@std/assert";
import { planRules } from "../../mod/plan/rules.ts";
import { planRulesDocument } from "../../mod/plan/rules_text.ts";
import { SET_KINDS, setName } from "#plan";
import { CASES } from "./rules_cases.ts";
import { GOLDEN } from "./golden/mod.ts";

const options = { permissions: "none" } as const;

for (const { name, options: rules } of CASES) {
  Deno.test(`planRules() gives golden/${name}.rules`, options, () => {
    assertEquals(planRulesDocument(planRules(rules), ""), GOLDEN[name]);
  });
}

Deno.test("every chain that is jumped to is made", options, () => {
  for (const { options: rules } of CASES) {
    for (const { chains, jumps } of planRules(rules)) {
      const made = new Set(chains.map(({ name }) => name));
      const targets = chains.flatMap((chain) =>
        chain.rules.flatMap((rule) =>
          / -?j (KUBE-VS-\S+)/.exec(rule)?.[1] ?? []
        )
      );
      for (const to of [...targets, ...jumps.map((jump) => jump.to)]) {
        assert(made.has(to), to);
      }
    }
  }
});

Deno.test("every set has an effect in some rule", options, () => {
  const text = GOLDEN["ipv4-cluster-cidr"] ?? "";
  for (const kind of SET_KINDS) {
    assert(text.includes(` ${setName(kind, "ipv4")} `), kind);
  }
});

Deno.test("names of sets and chains fit the kernel", options, () => {
  for (const kind of SET_KINDS) {
    for (const family of ["ipv4", "ipv6"] as const) {
      assert(setName(kind, family).length <= 31);
    }
  }
  for (const { options: rules } of CASES) {
    for (const { chains } of planRules(rules)) {
      for (const { name } of chains) assert(name.length <= 28, name);
    }
  }
});
