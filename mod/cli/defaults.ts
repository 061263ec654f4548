/** A default of ours that differs from kube-proxy's, and why. */
export interface BetterDefault {
  /** Field of the configuration file. */
  readonly path: string;
  /** Ours. */
  readonly ours: unknown;
  /** Ours, in words. */
  readonly words: string;
  /** kube-proxy's, as this program writes it. */
  readonly compat: unknown;
  /** kube-proxy's, in words. */
  readonly theirs: string;
  /** Why ours is better. */
  readonly why: string;
}

/**
 * All defaults that differ. Values given in the file or by flags are kept;
 * `--compat` takes kube-proxy's for all of them together.
 */
export const BETTER_DEFAULTS: readonly BetterDefault[] = [
  {
    path: "ipvs.minSyncPeriod",
    ours: "200ms",
    words: "200ms",
    compat: "0s",
    theirs: "0s with a file, 1s with flags",
    why: "a change is applied at once and a burst in few passes",
  },
  {
    path: "ipvs.strictARP",
    ours: true,
    words: "true",
    compat: false,
    theirs: "false",
    why: "a node must not answer ARP for addresses that another one announces",
  },
  {
    path: "ipvs.tcpTimeout",
    ours: "2h10m0s",
    words: "2h10m0s",
    compat: "0s",
    theirs: "0s, which leaves the kernel's 15 minutes",
    why: "idle connections live longer than TCP keepalive's 2 hours",
  },
  {
    path: "ipvs.udpTimeout",
    ours: "2m0s",
    words: "2m0s",
    compat: "0s",
    theirs: "0s, which leaves the kernel's 5 minutes",
    why: "connection tracking forgets a UDP flow after 2 minutes, IPVS too",
  },
  {
    path: "conntrack.tcpBeLiberal",
    ours: true,
    words: "true",
    compat: false,
    theirs: "false",
    why: "an answer out of the window stays masqueraded, or the client's " +
      "connection is reset by this node",
  },
  {
    path: "nodePortAddresses",
    ours: [],
    words: "those of the Node object",
    compat: ["0.0.0.0/0", "::/0"],
    theirs: "every address of the host",
    why: "node ports answer on the addresses that the Node object names",
  },
];

/** One line for the log that names every default that differs. */
export function describeBetterDefaults(given: ReadonlySet<string>): string {
  const used = BETTER_DEFAULTS.filter(({ path }) => !given.has(path));
  if (used.length === 0) return "";
  const parts = used.map(({ path, words, theirs }) =>
    `${path}: ${words} (kube-proxy: ${theirs})`
  );
  return `defaults that differ from kube-proxy's, reverted by --compat: ${
    parts.join("; ")
  }`;
}
