import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { planRules } from "../../mod/plan/rules.ts";
import {
  planRulesDocument,
  planRulesRemoval,
} from "../../mod/plan/rules_text.ts";
import { CASES } from "./rules_cases.ts";

const options = { permissions: "none" } as const;
const wanted = planRules(CASES[0]!.options);
const document = planRulesDocument(wanted, "") ?? "";

/** What iptables-save prints after the document, with `-I` done. */
function saved(text: string): string {
  const builtIn = ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"]
    .map((chain) => `:${chain} ACCEPT [0:0]\n`).join("");
  return text.replaceAll(/^-I (\S+) 1 /gm, "-A $1 ")
    .replaceAll(/^\*\w+\n/gm, (table) => table + builtIn);
}

Deno.test("a host that has the rules needs no document", options, () => {
  assertEquals(planRulesDocument(wanted, saved(document)), undefined);
});

Deno.test("counters in what was saved do not matter", options, () => {
  const text = saved(document).replaceAll(/^-A /gm, "[12:3456] -A ");
  assertEquals(planRulesDocument(wanted, text), undefined);
});

Deno.test("one changed chain is written alone", options, () => {
  const text = saved(document).replace(/^-A KUBE-VS-SOURCES -j DROP\n/m, "");
  const mend = planRulesDocument(wanted, text) ?? "";
  assertEquals(
    mend,
    "*filter\n:KUBE-VS-SOURCES - [0:0]\n" +
      "-A KUBE-VS-SOURCES -m set --match-set KUBE-VS4-SOURCE-RANGES " +
      "dst,dst,src -j RETURN\n-A KUBE-VS-SOURCES -j DROP\nCOMMIT\n",
  );
});

Deno.test("a host port's chain before ours is put behind ours", options, () => {
  const text = saved(document).replace(
    /^-A PREROUTING (?=.*KUBE-VS-SERVICES)/m,
    ":CNI-DN - [0:0]\n-A CNI-DN -p tcp -j DNAT --to-destination 10.1.1.1:80\n" +
      "-A PREROUTING -j CNI-DN\n-A PREROUTING ",
  );
  const mend = planRulesDocument(wanted, text) ?? "";
  const jump = 'PREROUTING -m comment --comment "kube-proxy ipvs" ' +
    "-j KUBE-VS-SERVICES";
  assertStringIncludes(mend, `-D ${jump}\n`);
  assertStringIncludes(mend, `-I ${jump.replace(" ", " 1 ")}\n`);
  assert(!mend.includes("CNI-DN"), mend);
});

Deno.test(
  "a plug-in's chain without translation keeps its place",
  options,
  () => {
    const text = saved(document).replace(
      /^-A PREROUTING (?=.*KUBE-VS-SERVICES)/m,
      ":cali-PREROUTING - [0:0]\n-A cali-PREROUTING -j cali-PREROUTING\n" +
        "-A PREROUTING -j cali-PREROUTING\n-A PREROUTING ",
    );
    assertEquals(planRulesDocument(wanted, text), undefined);
  },
);

Deno.test("a jump that stands twice is put there once", options, () => {
  const line = /^-A FORWARD .*KUBE-VS-FORWARD$/m.exec(saved(document))?.[0];
  const text = saved(document).replace(`${line}\n`, `${line}\n${line}\n`);
  const mend = planRulesDocument(wanted, text) ?? "";
  assertEquals(mend.match(/^-D FORWARD/gm)?.length, 2);
  assertEquals(mend.match(/^-I FORWARD/gm)?.length, 1);
});

Deno.test(
  "removal names our chains and jumps and nothing else",
  options,
  () => {
    const text = saved(document) +
      "*raw\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n*security\n:KUBE-FIREWALL - [0:0]\nCOMMIT\n";
    const removal = planRulesRemoval(text) ?? "";
    assert(!removal.includes("KUBE-FIREWALL"), removal);
    assert(!removal.includes("*raw"), removal);
    assertEquals(removal.match(/^-X KUBE-VS-/gm)?.length, 12);
    assertEquals(removal.match(/^-D /gm)?.length, 8);
    assertEquals(planRulesRemoval("*nat\n:X - [0:0]\nCOMMIT\n"), undefined);
  },
);
