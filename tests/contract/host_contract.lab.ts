/**
 * The contract on the real tools, for a kernel that nobody else uses: it
 * empties the tables of the host before every rule. `guest_contract.lab.ts` runs
 * it in the lab; by hand:
 *
 *     LAB_KERNEL_IS_MINE=1 deno run -A tests/contract/host_contract.lab.ts
 *
 * Words after it choose rules by the beginning of their names: where a kernel
 * has no IPVS, `unshare -n` with "ipset: iptables:" tries those two.
 *
 * It prints "ok NAME" or "not ok NAME: why" for each rule, the back end and
 * the counts, and exits with 1 when a rule failed.
 *
 * @module
 */
import {
  type CommandRunner,
  createHost,
  findIptablesBackEnd,
  HostCommandRunner,
} from "#apply";
import type { ContractFlow, ContractSubject } from "./contract.ts";
import { CONTRACT_RULES } from "./rules.ts";

/** A host that is thrown away afterwards. */
async function openSubject(): Promise<ContractSubject> {
  const runner = new HostCommandRunner();
  await runner.run(["modprobe", "-a", "ip_vs", "nf_conntrack_netlink"]);
  const { backEnd, reason } = await findIptablesBackEnd(runner);
  print(`# iptables: ${backEnd}, because ${reason}`);
  return {
    host: createHost(runner, backEnd),
    runner,
    iptables: `iptables-${backEnd}`,
    addFlow: (flow) => addFlow(runner, flow),
  };
}

async function addFlow(
  runner: CommandRunner,
  flow: ContractFlow,
): Promise<void> {
  const port = String(flow.port);
  const sourcePort = String(flow.sourcePort);
  const { code, stderr } = await runner.run([
    ...["conntrack", "-I", "-p", "udp", "-t", "100"] as const,
    ...["-s", flow.source, "-d", flow.address],
    ...["--sport", sourcePort, "--dport", port],
    ...["-r", flow.replySource, "-q", flow.source],
    ...["--reply-port-src", port, "--reply-port-dst", sourcePort],
  ]);
  if (code !== 0) throw new Error(`Cannot add a flow: ${stderr}`);
}

const EMPTY_TABLES = ["raw", "mangle", "nat", "filter"].map((table) =>
  `*${table}\nCOMMIT\n`
).join("");

/** Empties every table that a rule may have filled. */
async function reset({ runner, iptables }: ContractSubject): Promise<void> {
  await runner.run(["ipvsadm", "-C"]);
  for (const name of [iptables, iptables.replace("ip", "ip6")]) {
    await runner.run([`${name}-restore`], { stdin: EMPTY_TABLES });
  }
  await runner.run(["ipset", "destroy"]);
  await runner.run(["ip", "link", "delete", "kube-ipvs0"]);
  await runner.run(["conntrack", "-F"]);
}

function print(text: string): void {
  // deno-lint-ignore no-console -- a program's output
  console.log(text);
}

/** Runs rules, all when none is chosen; gives how many failed. */
async function runContract(chosen: readonly string[]): Promise<number> {
  const subject = await openSubject();
  const rules = CONTRACT_RULES.filter(({ name }) =>
    chosen.length === 0 || chosen.some((start) => name.startsWith(start))
  );
  let failed = 0;
  for (const { name, check } of rules) {
    await reset(subject);
    try {
      await check(subject);
      print(`ok ${name}`);
    } catch (error) {
      failed++;
      print(`not ok ${name}: ${error}`);
    }
  }
  print(`# ${rules.length - failed} passed, ${failed} failed`);
  return failed;
}

if (import.meta.main) {
  if (Deno.env.get("LAB_KERNEL_IS_MINE") !== "1") {
    print("Cannot run the contract: it empties the tables of this kernel.");
    print("Set LAB_KERNEL_IS_MINE=1 where that is meant.");
    Deno.exit(2);
  }
  Deno.exit(await runContract(Deno.args) === 0 ? 0 : 1);
}
