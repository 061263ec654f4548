import { assert, assertEquals, assertThrows } from "@std/assert";
import { PrerequisiteError } from "../../mod/cli/exit_code.ts";
import {
  type Finding,
  formatFindings,
  inspectHost,
  requireAll,
} from "../../mod/cli/inspect_host.ts";
import { FakeNode, machineOf, settingsOf } from "./support.ts";

const NOTHING = { permissions: "none" } as const;

async function inspect(node: FakeNode, changes = {}, ...args: string[]) {
  return await inspectHost(settingsOf(...args), {
    ...machineOf(node),
    ...changes,
  });
}

function subjects(findings: readonly Finding[], result: string): string[] {
  return findings.filter((one) => one.result === result)
    .map(({ subject }) => subject);
}

Deno.test(
  "inspectHost() finds nothing wrong with a good host and changes nothing",
  NOTHING,
  async () => {
    const node = new FakeNode();
    const { findings, schedulers } = await inspect(node);
    assertEquals(
      subjects(findings, "fail").concat(subjects(findings, "warn")),
      [],
    );
    assert(schedulers?.has("mh"));
    assertEquals(node.host.modules.loaded, new Set(["nf_conntrack"]));
    assertEquals(
      node.commands.filter((text) => !/ (--version|-V|--dry-run) ?/.test(text)),
      [],
    );
  },
);

Deno.test(
  "inspectHost() asks for the module of the configured scheduler",
  NOTHING,
  async () => {
    const node = new FakeNode();
    node.absent.add("ip_vs_mh");
    const { findings } = await inspect(node, {}, "--ipvs-scheduler=mh");
    assertEquals(subjects(findings, "fail"), ["module ip_vs_mh"]);
    const other = await inspect(node);
    assertEquals(subjects(other.findings, "fail"), []);
    assert(!other.schedulers?.has("mh"));
  },
);

Deno.test(
  "inspectHost() believes lsmod and built-in parts over modprobe",
  NOTHING,
  async () => {
    const node = new FakeNode();
    node.absent.add("dummy").add("ip_vs").add("ip_set");
    node.host.modules.loaded.add("dummy");
    const { findings } = await inspect(node);
    assertEquals(subjects(findings, "fail"), []);
  },
);

Deno.test(
  "inspectHost() only warns of what it cannot know without a module folder",
  NOTHING,
  async () => {
    const node = new FakeNode();
    node.absent.add("dummy").add("xt_set");
    const without = { hasModuleFolder: async () => await false };
    const { findings, schedulers } = await inspect(node, without);
    assertEquals(subjects(findings, "fail"), []);
    assertEquals(subjects(findings, "warn"), ["module dummy", "module xt_set"]);
    assertEquals(schedulers, undefined);
    node.absent.add("ip_vs");
    node.isBuiltIn = false;
    const dead = await inspect(node, without);
    assertEquals(subjects(dead.findings, "fail"), ["module ip_vs"]);
  },
);

Deno.test(
  "inspectHost() warns when br_netfilter is missing",
  NOTHING,
  async () => {
    const node = new FakeNode();
    node.absent.add("br_netfilter");
    const { findings } = await inspect(node);
    assertEquals(subjects(findings, "warn"), ["module br_netfilter"]);
  },
);

Deno.test("requireAll() tells all failures, each remedy once", NOTHING, () => {
  const fail = { result: "fail", text: "gone", remedy: "get it" } as const;
  const { lines } = assertThrows(
    () =>
      requireAll([
        { ...fail, subject: "a" },
        { ...fail, subject: "b" },
        { result: "ok", subject: "c", text: "there" },
      ]),
    PrerequisiteError,
  );
  assertEquals(lines.slice(1), [
    "fail  a: gone",
    "fail  b: gone",
    "      -> get it",
  ]);
  requireAll([{ result: "warn", subject: "d", text: "odd" }]);
});

Deno.test("formatFindings() pads results to one width", NOTHING, () => {
  assertEquals(
    formatFindings([{ result: "ok", subject: "tool ip", text: "6.1" }]),
    ["ok    tool ip: 6.1"],
  );
});
