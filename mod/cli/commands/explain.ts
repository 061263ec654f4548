import { familyOf, parseIpAddress, type Protocol } from "#model";
import { tellTrace } from "#observe";
import { parseCommandLine } from "../command_line.ts";
import type { Command, Surroundings } from "../command.ts";
import { EXIT, type ExitCode, UsageError } from "../exit_code.ts";
import type { ExplainRequest, Explanation } from "../explain.ts";
import { OUTPUT_FLAG, plain, printAnswer } from "../output.ts";
import { TEXT } from "../value_kinds.ts";

/** An IPv6 address as a destination has it. */
const BRACKETED = /^\[([\da-fA-F:.]+)\]$/;
const FRONTEND =
  /^(?:\[([\da-fA-F:.]+)\]|([\d.]+)):(\d{1,5})(?:\/(tcp|udp|sctp))?$/;

/**
 * Reads the two words of the command line.
 *
 * @throws {UsageError} naming what is wrong
 */
export function parseExplain(
  words: readonly string[],
  device: string | undefined,
): ExplainRequest {
  const [who, where, ...rest] = words;
  if (who === undefined || where === undefined || rest.length > 0) {
    throw new UsageError([
      "Cannot explain: write CLIENT ADDRESS:PORT, " +
      'as in "kube-proxy explain 10.244.1.7 10.96.0.10:53/udp"',
    ]);
  }
  const match = FRONTEND.exec(where);
  const address = parseIpAddress(match?.[1] ?? match?.[2] ?? "");
  const port = Number(match?.[3]);
  if (address === undefined || !(port >= 1 && port <= 65_535)) {
    throw new UsageError([
      `Cannot explain "${plain(where)}": write an address and a port, as in ` +
      "10.96.0.10:80, 10.96.0.10:53/udp or [fd00::1]:80; " +
      '"kube-proxy services" shows the addresses of Services',
    ]);
  }
  const client = who === "node" || who === "outside"
    ? who
    : parseIpAddress(BRACKETED.exec(who)?.[1] ?? who);
  if (client === undefined) {
    throw new UsageError([
      `Cannot explain for "${plain(who)}": write the client's address, ` +
      '"node" for this node itself, or "outside" for somebody of no network ' +
      "here; names of pods and Services are not looked up",
    ]);
  }
  const isNamed = client === "node" || client === "outside";
  if (!isNamed && familyOf(client) !== familyOf(address)) {
    throw new UsageError([
      `Cannot explain ${who} to ${where}: one is IPv4, the other IPv6`,
    ]);
  }
  return {
    ...{ client, address, port },
    protocol: (match?.[4] ?? "tcp") as Protocol,
    ...(device === undefined ? {} : { device }),
  };
}

/** An explanation for people. */
export function tellExplanation(explanation: Explanation): readonly string[] {
  const { notes, backEnd } = explanation;
  return [
    ...tellTrace(explanation),
    "",
    `Read from iptables-${backEnd}, ipset, ipvsadm and ip; a connection that is`,
    "open already keeps its real server.",
    ...notes.map((note) => `Note: ${note}.`),
  ];
}

async function runExplain(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { name, flags } = EXPLAIN;
  const line = parseCommandLine(args, {
    ...{ command: name, flags, arguments: ["CLIENT", "ADDRESS:PORT"] },
  });
  const device = line.text("in-interface");
  const request = parseExplain(line.arguments, device);
  const explanation = await surroundings.explain(request);
  const human = (): readonly string[] => tellExplanation(explanation);
  const { print } = surroundings;
  await printAnswer(explanation, human, { line, print });
  return explanation.verdict === "unknown" ? EXIT.failure : EXIT.success;
}

/** Says what this node does with a connection, and why. */
export const EXPLAIN: Command = {
  name: "explain",
  summary: "say what this node does with a connection, and why",
  usage: "CLIENT ADDRESS:PORT[/PROTOCOL]",
  about: [
    "Follows the first packet of a connection through this node's rules, sets and",
    "virtual servers, as the kernel has them now: served by which virtual server,",
    "by mark or by address; by which real servers, with their weights; whether they",
    "see the client's own address; or refused, dropped, or none of this node's, and",
    "which rule and which element of a set decided. It asks neither the agent nor",
    "the cluster, and works when neither is there.",
    "",
    "CLIENT is an address (of a pod, another node, anybody), or the word node for",
    "this node itself, or outside for an address of no network. PROTOCOL is tcp,",
    "udp or sctp; tcp when left out.",
    "",
    "Only the agent's own rules are followed. Rules of others that may decide first",
    "are listed; nothing is guessed about them. Run it on the node that takes the",
    "packet: a pod's own node for cluster IPs.",
  ],
  flags: [
    {
      flag: "in-interface",
      kind: TEXT,
      meaning:
        "device by which the packet comes (default: where the route to CLIENT leads)",
    },
    OUTPUT_FLAG,
  ],
  examples: [
    "kube-proxy explain 10.244.1.7 10.96.0.10:53/udp",
    "kube-proxy explain node 10.96.0.1:443",
    "kube-proxy explain outside 192.0.2.10:80 -o json",
    "kube-proxy explain fd00:10::7 [fd00:96::10]:80",
  ],
  words: ["node", "outside"],
  notes: ["Exit code 1 says that what decides is not known here."],
  run: runExplain,
};
