/**
 * The rules that kube-proxy's iptables mode writes, in the form of its sources,
 * for the Services of a test.
 *
 * @module
 */

/** An endpoint: "10.32.2.2:8080". */
type Endpoint = string;

/** A port of a Service, as iptables mode serves it. */
export interface OldPort {
  /** "default/web:tcp". */
  readonly name: string;
  /** Protocol. */
  readonly protocol: "tcp" | "udp";
  /** Cluster IP. */
  readonly clusterIp: string;
  /** Port of the Service. */
  readonly port: number;
  /** All of them; none: connections are refused. */
  readonly endpoints: readonly Endpoint[];
  /** Those of this node, where the external policy is Local. */
  readonly local?: readonly Endpoint[];
  /** Port of nodes. */
  readonly nodePort?: number;
  /** Address of the load balancer. */
  readonly balancer?: string;
  /** Port of the load balancer's health check. */
  readonly healthCheck?: number;
  /** Whether clients stay with an endpoint. */
  readonly sticky?: boolean;
}

/** Lines of its chains by table. */
export interface OldRules {
  /** Chains and rules of nat. */
  readonly nat: string;
  /** Chains and rules of filter. */
  readonly filter: string;
}

const PODS = "10.32.0.0/16";
const NAT = ["SERVICES", "NODEPORTS", "POSTROUTING", "MARK-MASQ"];
const FILTER = [
  ...["SERVICES", "EXTERNAL-SERVICES", "FORWARD", "NODEPORTS"],
  "PROXY-FIREWALL",
];

/** Built-in chains and what they are to jump to, in the order of its making. */
export const JUMPS: readonly (readonly [
  table: "nat" | "filter",
  from: string,
  rule: string,
])[] = [
  ...["INPUT", "FORWARD"].map((from) =>
    newOnly(
      from,
      "kubernetes externally-visible service portals",
      "KUBE-EXTERNAL-SERVICES",
    )
  ),
  [
    "filter",
    "INPUT",
    jump("kubernetes health check service ports", "KUBE-NODEPORTS"),
  ],
  ...["FORWARD", "OUTPUT"].map((from) =>
    newOnly(from, "kubernetes service portals", "KUBE-SERVICES")
  ),
  ["filter", "FORWARD", jump("kubernetes forwarding rules", "KUBE-FORWARD")],
  ...["INPUT", "OUTPUT", "FORWARD"].map((from) =>
    newOnly(from, "kubernetes load balancer firewall", "KUBE-PROXY-FIREWALL")
  ),
  ["nat", "OUTPUT", jump("kubernetes service portals", "KUBE-SERVICES")],
  ["nat", "PREROUTING", jump("kubernetes service portals", "KUBE-SERVICES")],
  [
    "nat",
    "POSTROUTING",
    jump("kubernetes postrouting rules", "KUBE-POSTROUTING"),
  ],
];

function jump(comment: string, to: string): string {
  return `-m comment --comment "${comment}" -j ${to}`;
}

function newOnly(
  from: string,
  comment: string,
  to: string,
): readonly ["filter", string, string] {
  const rule = `-m conntrack --ctstate NEW ${jump(comment, to)}`;
  return ["filter", from, rule];
}

/** All its chains, empty, with its canaries. */
export function emptyChains(): string {
  const chains = (names: readonly string[]): string =>
    [...names, "PROXY-CANARY"].map((name) => `:KUBE-${name} - [0:0]\n`).join(
      "",
    );
  return `*mangle\n:KUBE-PROXY-CANARY - [0:0]\nCOMMIT\n` +
    `*nat\n${chains(NAT)}COMMIT\n*filter\n${chains(FILTER)}COMMIT\n`;
}

/** One `iptables-restore --noflush` with all that it writes in a sync. */
export async function syncDocument(ports: readonly OldPort[]): Promise<string> {
  const parts = await Promise.all(ports.map(rulesOf));
  const flushed = (names: readonly string[]): string =>
    names.map((name) => `:KUBE-${name} - [0:0]\n`).join("");
  return `*filter\n${flushed(FILTER)}${
    parts.map(({ filter }) => filter).join("")
  }${FORWARDING}COMMIT\n*nat\n${flushed(NAT)}${POSTROUTING}${
    parts.map(({ nat }) => nat).join("")
  }${NODE_PORTS}COMMIT\n`;
}

const FORWARDING = `-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
`;
const POSTROUTING =
  `-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
-A KUBE-POSTROUTING -j MARK --xor-mark 0x4000
-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully
-A KUBE-MARK-MASQ -j MARK --or-mark 0x4000
`;
const NODE_PORTS =
  '-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS\n';

/** A name of a chain: base32 of a SHA-256, 16 characters. */
async function chain(prefix: string, text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  const bits = [...new Uint8Array(digest)]
    .map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const words = Array.from(
    { length: 16 },
    (_, at) => letters[parseInt(bits.slice(at * 5, at * 5 + 5), 2)],
  );
  return `KUBE-${prefix}-${words.join("")}`;
}

function comment(text: string): string {
  return `-m comment --comment "${text}"`;
}

/** Names of the chains of a port. */
interface Chains {
  readonly svc: string;
  readonly svl: string;
  readonly ext: string;
  /** By endpoint. */
  readonly seps: ReadonlyMap<Endpoint, string>;
}

async function chainsOf({ name, protocol, endpoints }: OldPort) {
  const hash = name + protocol;
  const seps = new Map<Endpoint, string>();
  for (const one of endpoints) seps.set(one, await chain("SEP", hash + one));
  return {
    svc: await chain("SVC", hash),
    svl: await chain("SVL", hash),
    ext: await chain("EXT", hash),
    seps,
  };
}

async function rulesOf(port: OldPort): Promise<OldRules> {
  const { name, protocol, endpoints, local, healthCheck } = port;
  const health = healthCheck === undefined
    ? ""
    : `-A KUBE-NODEPORTS ${comment(`${name} health check node port`)} ` +
      `-m tcp -p tcp --dport ${healthCheck} -j ACCEPT\n`;
  if (endpoints.length === 0) {
    const filter = `-A KUBE-SERVICES ${comment(`${name} has no endpoints`)} ` +
      `-m ${protocol} -p ${protocol} -d ${port.clusterIp} ` +
      `--dport ${port.port} -j REJECT\n`;
    return { nat: "", filter: filter + health };
  }
  const chains = await chainsOf(port);
  const { svc, svl, ext, seps } = chains;
  const isExternal = port.nodePort !== undefined || port.balancer !== undefined;
  const names = [svc, ...seps.values()];
  if (isExternal) names.push(ext);
  if (local !== undefined) names.push(svl);
  const lines = [
    ...names.map((one) => `:${one} - [0:0]`),
    ...portals(port, chains),
    ...(isExternal ? external(port, chains) : []),
    ...balance(port, svc, { list: endpoints, seps }),
    ...(local === undefined ? [] : balance(port, svl, { list: local, seps })),
    ...[...seps].flatMap(([one, sep]) => translation(port, one, sep)),
  ];
  return { nat: lines.map((line) => `${line}\n`).join(""), filter: health };
}

/** Rules that lead to its chains. */
function portals(port: OldPort, { svc, ext }: Chains): string[] {
  const { name, protocol, clusterIp, balancer, nodePort } = port;
  const to = (address: string): string =>
    `-m ${protocol} -p ${protocol} -d ${address} --dport ${port.port}`;
  const cluster = `${comment(`${name} cluster IP`)} ${to(clusterIp)}`;
  return [
    `-A KUBE-SERVICES ${cluster} -j ${svc}`,
    `-A ${svc} ${cluster} ! -s ${PODS} -j KUBE-MARK-MASQ`,
    ...(balancer === undefined ? [] : [
      `-A KUBE-SERVICES ${comment(`${name} loadbalancer IP`)} ` +
      `${to(balancer)} -j ${ext}`,
    ]),
    ...(nodePort === undefined ? [] : [
      `-A KUBE-NODEPORTS ${comment(name)} -m ${protocol} -p ${protocol} ` +
      `--dport ${nodePort} -j ${ext}`,
    ]),
  ];
}

/** What comes from outside, by the policy. */
function external(
  { name, local }: OldPort,
  { svc, svl, ext }: Chains,
): string[] {
  const said = `${name} external destinations`;
  if (local === undefined) {
    return [
      `-A ${ext} ${comment(`masquerade traffic for ${said}`)} ` +
      "-j KUBE-MARK-MASQ",
      `-A ${ext} -j ${svc}`,
    ];
  }
  return [
    `-A ${ext} ${comment(`pod traffic for ${said}`)} -s ${PODS} -j ${svc}`,
    `-A ${ext} ${comment(`masquerade LOCAL traffic for ${said}`)} ` +
    "-m addrtype --src-type LOCAL -j KUBE-MARK-MASQ",
    `-A ${ext} ${comment(`route LOCAL traffic for ${said}`)} ` +
    `-m addrtype --src-type LOCAL -j ${svc}`,
    `-A ${ext} -j ${svl}`,
  ];
}

/** Which endpoint a connection gets. */
function balance(
  { name, sticky }: OldPort,
  from: string,
  { list, seps }: Pick<Chains, "seps"> & { readonly list: readonly Endpoint[] },
): string[] {
  const rule = (one: Endpoint, match: string): string =>
    `-A ${from} ${comment(`${name} -> ${one}`)} ${match}-j ${seps.get(one)}`;
  const affinity = (one: Endpoint): string =>
    `-m recent --name ${seps.get(one)} --rcheck --seconds 10800 --reap `;
  const chance = (rest: number): string =>
    rest === 1
      ? ""
      : `-m statistic --mode random --probability ${(1 / rest).toFixed(10)} `;
  return [
    ...(sticky ? list.map((one) => rule(one, affinity(one))) : []),
    ...list.map((one, at) => rule(one, chance(list.length - at))),
  ];
}

/** The chain of an endpoint. */
function translation(
  { name, protocol, sticky }: OldPort,
  one: Endpoint,
  sep: string,
): string[] {
  const [address] = one.split(":");
  const remember = sticky ? `-m recent --name ${sep} --set ` : "";
  return [
    `-A ${sep} ${comment(name)} -s ${address} -j KUBE-MARK-MASQ`,
    `-A ${sep} ${comment(name)} ${remember}-m ${protocol} -p ${protocol} ` +
    `-j DNAT --to-destination ${one}`,
  ];
}
