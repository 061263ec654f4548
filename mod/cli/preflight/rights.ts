import type { Argv, CommandRunner } from "#apply";
import type { Finding } from "../inspect_host.ts";

/** What only a program with a capability is allowed, and what says so. */
const TRIALS: readonly {
  readonly capability: string;
  readonly argv: Argv;
  readonly purpose: string;
}[] = [
  {
    capability: "CAP_NET_ADMIN",
    argv: ["ipset", "list", "-name"],
    purpose: "changing virtual servers, sets, rules and addresses",
  },
  {
    capability: "CAP_NET_RAW",
    // A table that no kernel has: without one, no raw socket would be asked for.
    argv: ["iptables-legacy-save", "-t", "none"],
    purpose: "reading and writing rules by iptables-legacy",
  },
];
const REFUSED = /permission denied|operation not permitted|must be root/i;

/**
 * Finds out which capabilities there are by asking for what they allow;
 * nothing is changed. What fails for another reason is told elsewhere.
 */
export async function checkRights(
  runner: CommandRunner,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const { capability, argv, purpose } of TRIALS) {
    const refusal = await refusalOf(argv, runner);
    findings.push(
      refusal === undefined
        ? { result: "ok", subject: capability, text: `for ${purpose}` }
        : {
          result: "fail",
          subject: capability,
          text: `needed for ${purpose}; ${refusal}`,
          remedy: "run as root, or give the unit or container CAP_NET_ADMIN " +
            "and CAP_NET_RAW (and CAP_SYS_MODULE to load modules)",
        },
    );
  }
  return findings;
}

async function refusalOf(
  argv: Argv,
  runner: CommandRunner,
): Promise<string | undefined> {
  try {
    const { code, stderr } = await runner.run(argv);
    const [line = ""] = stderr.trim().split("\n");
    return code !== 0 && REFUSED.test(stderr) ? line : undefined;
  } catch {
    return undefined; // not installed: told by the tools' own lines
  }
}
