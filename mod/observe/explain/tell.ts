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

/** Several real servers pass the same rules: these are told once. */
function tellSteps({ steps }: Trace): readonly string[] {
  if (steps.length === 0) return [];
  const told = new Set<string>();
  return [
    "",
    "Rules of ours that matched, in order:",
    ...steps.flatMap(({ hook, chain, rule, elements, effect }) => {
      const text = [
        `  ${hook}: ${effect}`,
        `    -A ${chain} ${rule}`,
        ...elements.map((element) => `    ${element}`),
      ];
      const key = text.join("\n");
      if (told.has(key)) return [];
      told.add(key);
      return text;
    }),
  ];
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
