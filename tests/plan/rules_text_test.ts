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

/** What kube-proxy's iptables mode has in PREROUTING, with one Service. */
const KUBE_PROXY = ":KUBE-SERVICES - [0:0]\n:KUBE-SVC-A - [0:0]\n" +
  ":KUBE-SEP-A - [0:0]\n-A KUBE-SERVICES -d 10.96.0.1/32 -j KUBE-SVC-A\n" +
  "-A KUBE-SVC-A -j KUBE-SEP-A\n" +
  "-A KUBE-SEP-A -p tcp -m tcp -j DNAT --to-destination 10.1.1.1:80\n";
const PORTALS = "-A PREROUTING -m comment --comment " +
  '"kubernetes service portals" -j KUBE-SERVICES\n';
const OUR_JUMP = '-m comment --comment "kube-proxy ipvs" -j KUBE-VS-SERVICES';

Deno.test("kube-proxy's iptables mode serves until it is gone", options, () => {
  const nat = `*nat\n:PREROUTING ACCEPT [0:0]\n${KUBE_PROXY}`;
  const other = "-A PREROUTING -s 192.0.2.1/32 -j ACCEPT\n";
  const first = planRulesDocument(wanted, `${nat}${other}${PORTALS}COMMIT\n`);
  assertStringIncludes(first ?? "", `-I PREROUTING 3 ${OUR_JUMP}\n`);
  // It is there and stays, whatever is between the two.
  const text = saved(document).replace(
    /^-A PREROUTING (?=.*KUBE-VS-SERVICES)/m,
    `${KUBE_PROXY}${PORTALS}` +
      "-A PREROUTING -p tcp -j DNAT --to-destination 10.1.1.1:80\n" +
      "-A PREROUTING ",
  );
  assertEquals(planRulesDocument(wanted, text), undefined);
  // Once it is gone, ours goes ahead of all that translates.
  const after = text.replace(PORTALS, "");
  assertStringIncludes(
    planRulesDocument(wanted, after) ?? "",
    `-I PREROUTING 1 ${OUR_JUMP}\n`,
  );
  // Without translation it is ipvs mode's, or empty: ours may come first.
  const empty = planRulesDocument(
    wanted,
    `${nat}${PORTALS}COMMIT\n`.replace(/^-A KUBE-SEP-A .*\n/m, ""),
  );
  assertStringIncludes(empty ?? "", `-I PREROUTING 1 ${OUR_JUMP}\n`);
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
