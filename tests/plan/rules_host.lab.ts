/**
 * Our rules on the real iptables, both back ends and families, in a network
 * namespace of their own: what is written is what is read back, and removal
 * leaves nothing. Run by name: `deno test -A tests/plan/rules_host.lab.ts`.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import {
  planRules,
  planRulesDocument,
  planRulesRemoval,
  SET_DEFINITIONS,
  SET_KINDS,
  setName,
} from "#plan";
import type { IpFamily } from "#model";
import { ensurePackages } from "../lab/mod.ts";
import { CASES } from "./rules_cases.ts";

// deno-lint-ignore no-console -- says what it installs
await ensurePackages(console.log);

const STEPS = CASES.flatMap((rules) =>
  ["nft", "legacy"].map((tools) => ({ ...rules, tools }))
);

for (const { name, options, tools } of STEPS) {
  Deno.test(`${name} on iptables-${tools}`, async () => {
    const iptables = `${options.family === "ipv4" ? "iptables" : "ip6tables"}` +
      `-${tools}`;
    const wanted = planRules(options);
    const results = await inNamespace([
      `ipset restore <<'END'\n${createSets(options.family)}END`,
      `${iptables}-restore --noflush -w 5 <<'END'\n` +
      `${planRulesDocument(wanted, "")}END`,
      `${iptables}-save`,
    ]);
    const saved = results[2] ?? "";
    assertEquals(planRulesDocument(wanted, saved), undefined);
    const after = await inNamespace([
      `ipset restore <<'END'\n${createSets(options.family)}END`,
      `${iptables}-restore --noflush -w 5 <<'END'\n` +
      `${planRulesDocument(wanted, "")}END`,
      `${iptables}-restore --noflush -w 5 <<'END'\n` +
      `${planRulesRemoval(saved)}END`,
      `${iptables}-save`,
    ]);
    assert(!after[3]?.includes("KUBE-VS"), after[3]);
  });
}

function createSets(family: IpFamily): string {
  return SET_KINDS.map((kind) => {
    const { type, skbinfo } = SET_DEFINITIONS[kind];
    const range = type === "bitmap:port"
      ? "range 0-65535"
      : `family ${family === "ipv4" ? "inet" : "inet6"}`;
    return `create ${setName(kind, family)} ${type} ${range}` +
      `${skbinfo ? " skbinfo" : ""}\n`;
  }).join("");
}

/** Runs commands in one new namespace; gives what each printed. */
async function inNamespace(commands: readonly string[]): Promise<string[]> {
  const mark = "==== next ====";
  const script = [
    "set -e",
    ...commands.map((line) => `${line}\necho '${mark}'`),
  ]
    .join("\n");
  const child = new Deno.Command("unshare", {
    args: ["-n", "sh", "-c", script],
    stdin: "null",
  });
  const { code, stdout, stderr } = await child.output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).split(`${mark}\n`);
}
