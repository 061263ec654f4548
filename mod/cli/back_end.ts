import type { AgentObserver } from "#agent";
import { type CommandRunner, createHost, type FoundBackEnd } from "#apply";
import type { IpFamily } from "#model";
import { planRulesRemoval } from "#plan";
import { getLogger } from "@std/log";
import type { ReadyHost } from "./compose.ts";
import type { Finding } from "./inspect_host.ts";

/** Chains that only a running proxy of Services keeps. */
const OF_A_PROXY =
  /^KUBE-(?:SERVICES|NODEPORTS|NODE-PORT|PROXY-CANARY|LOAD-BALANCER)$/;
/** Chains of our own. */
const OURS = /^KUBE-VS-/;

/**
 * Says which iptables back end is used and why. Packets pass the rules of
 * both: another proxy's rules in the other one would decide too, in an order
 * that nobody can see, so that is a failure; other chains there are a warning.
 */
export function checkBackEnd(found: FoundBackEnd): Finding {
  const { backEnd, reason, strayChains } = found;
  const subject = "iptables back end";
  const text = `iptables-${backEnd}, since ${reason}`;
  const other = backEnd === "nft" ? "legacy" : "nft";
  const others = strayChains.filter((name) => !OURS.test(name));
  if (others.length === 0) return { result: "ok", subject, text };
  const isProxy = others.some((name) => OF_A_PROXY.test(name));
  const names = others.slice(0, 5).join(", ") +
    (others.length > 5 ? ` and ${others.length - 5} more` : "");
  return {
    result: isProxy ? "fail" : "warn",
    subject,
    text: `${text}, but iptables-${other} holds ${names}`,
    remedy: `one back end must hold all rules of Kubernetes: stop what wrote ` +
      `these, then take them away (iptables-${other}-save shows them), or ` +
      `restart the node`,
  };
}

/** What is said when no back end can be used. */
export function noBackEnd(error: unknown): Finding {
  return {
    result: "fail",
    subject: "iptables back end",
    text: error instanceof Error ? error.message : String(error),
    // iptables-legacy does not say which of the two it is.
    remedy: "iptables-nft or iptables-legacy must take writes: load their " +
      "kernel modules, and run as root with CAP_NET_ADMIN and CAP_NET_RAW",
  };
}

/** Whether rules of ours are left in the back end that is not used. */
export function hasOwnStrays({ strayChains }: FoundBackEnd): boolean {
  return strayChains.some((name) => OURS.test(name));
}

/**
 * Takes our own rules from the back end that is not used, as after a change
 * of the host's back end; to be called once the used one holds them.
 */
export async function removeOwnStrays(
  found: FoundBackEnd,
  runner: CommandRunner,
  families: ReadonlySet<IpFamily>,
): Promise<void> {
  const other = found.backEnd === "nft" ? "legacy" : "nft";
  const { iptables } = createHost(runner, other);
  for (const family of families) {
    const document = planRulesRemoval(await iptables.save(family));
    if (document !== undefined) await iptables.restore(family, document);
  }
}

/** Once our rules are written, those in the other back end can go. */
export function strayRemover(
  { backEnd, families }: Pick<ReadyHost, "backEnd" | "families">,
  runner: CommandRunner,
): AgentObserver {
  const logger = getLogger("cli");
  const failed = (error: unknown): void => {
    logger.warn("Cannot take our rules from the unused iptables back end", {
      reason: String(error),
    });
  };
  const told = (): void => {
    logger.info("took our rules from the unused iptables back end");
  };
  return {
    ready() {
      if (!hasOwnStrays(backEnd)) return;
      removeOwnStrays(backEnd, runner, families).then(told).catch(failed);
    },
  };
}
