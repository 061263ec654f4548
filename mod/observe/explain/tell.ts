import type { PossibleServer, Trace, Verdict } from "./types.ts";

const HEADLINES: Readonly<Record<Verdict, string>> = {
  served: "SERVED",
  refused: "REFUSED at once",
  dropped: "DROPPED: the client hears nothing",
  host: "NOT A SERVICE: it goes to the host itself",
  forwarded: "NOT OF THIS NODE: it is passed on",
  unknown: "NOT KNOWN",
};

/** A trace as a short story: the verdict, why, who answers, then each hop. */
export function tellTrace(trace: Trace): readonly string[] {
  const { verdict, reason, doubts } = trace;
  const unless = doubts.length === 0
    ? ""
    : `, unless a rule of others decides first (${doubts.length} may)`;
  return [
    `${HEADLINES[verdict]}${unless}`,
    `  ${describePacket(trace)}`,
    `  ${reason}`,
    ...tellServers(trace),
    ...tellSteps(trace),
    ...tellDoubts(trace),
  ];
}

function describePacket({ packet }: Trace): string {
  const { protocol, source, address, port, isOwn, device } = packet;
  const host = address.includes(":") ? `[${address}]` : address;
  const from = isOwn ? `this node (as ${source})` : source;
  const by = device === undefined ? "" : `, coming by ${device}`;
  return `a new ${protocol} connection from ${from}${by} to ${host}:${port}`;
}

function tellServers(
  { virtualServer, realServers, packet }: Trace,
): readonly string[] {
  if (virtualServer === undefined) return [];
  const { scheduler, persistenceTimeoutSeconds: seconds } = virtualServer;
  const sticky = seconds === undefined
    ? ""
    : `, the same one for each client until ${seconds} s after its last`;
  return [
    "",
    `Real servers (scheduler ${scheduler}${sticky}):`,
    ...realServers.map((one) =>
      `  ${one.realServer}  weight ${one.weight}  ${sees(one, packet.source)}`
    ),
  ];
}

function sees({ masqueraded }: PossibleServer, source: string): string {
  if (masqueraded === undefined) return "source not known";
  return masqueraded
    ? "sees an address of this node (masqueraded)"
    : `sees ${source}`;
}

/** More real servers than these are counted, not named. */
const NAMED_SERVERS = 3;

/** What several real servers meet is told once, and toward which. */
function tellSteps({ steps, realServers }: Trace): readonly string[] {
  if (steps.length === 0) return [];
  const toward = new Map<string, string[]>();
  const texts = steps.map(({ hook, chain, rule, elements, effect }) => [
    `${hook}: ${effect}`,
    `-A ${chain} ${rule}`,
    ...elements,
  ]);
  for (const [at, { realServer }] of steps.entries()) {
    const key = texts[at]!.join("\n");
    const servers = toward.get(key) ?? [];
    toward.set(key, servers);
    if (realServer !== undefined) servers.push(realServer);
  }
  return [
    "",
    "Rules of ours that matched, in order:",
    ...[...toward].flatMap(([key, servers]) => {
      const [head, ...rest] = key.split("\n");
      const isForAll = servers.length === realServers.length;
      const whom = servers.length === 0 || isForAll
        ? ""
        : `, toward ${nameSome(servers)}`;
      return [`  ${head}${whom}`, ...rest.map((line) => `    ${line}`)];
    }),
  ];
}

function nameSome(servers: readonly string[]): string {
  const more = servers.length - NAMED_SERVERS;
  const named = servers.slice(0, NAMED_SERVERS).join(", ");
  return more > 0 ? `${named} and ${more} more` : named;
}

function tellDoubts({ doubts }: Trace): readonly string[] {
  if (doubts.length === 0) return [];
  return [
    "",
    "Rules of others that may decide first; what they do is not known here:",
    ...doubts.flatMap(({ hook, rule, may }) => [
      `  ${hook}: may ${may}`,
      `    ${rule}`,
    ]),
  ];
}
