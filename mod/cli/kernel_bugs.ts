import { isKernelAtLeast } from "./sysctl_plan.ts";

/** Something that a kernel does wrong and no setting cures. */
export interface KernelBug {
  /** The first version that has it, as [major, minor]. */
  readonly since: readonly [number, number];
  /** The first version without it. */
  readonly until: readonly [number, number];
  /** What happens. */
  readonly effect: string;
}

/** Bugs of IPVS that cost connections or time, oldest first. */
export const KERNEL_BUGS: readonly KernelBug[] = [
  {
    since: [0, 0],
    until: [4, 1],
    effect: "a client that uses a source port again stays with the pod that " +
      "it had, also with one that ends or is gone",
  },
  {
    since: [4, 1],
    until: [5, 9],
    effect: "a client that uses a source port again stays with the pod that " +
      "it had, also with one that ends; with conn_reuse_mode=1 each such " +
      "connection would be 1 s late",
  },
  {
    since: [0, 0],
    until: [5, 9],
    effect:
      "after an endpoint is gone each of its connections loses a packet " +
      "before it ends, each UDP flow too",
  },
  {
    since: [0, 0],
    until: [5, 15],
    effect:
      "the estimation of rates cannot be switched off: packets wait for " +
      "it where there are many Services and CPUs",
  },
];

/**
 * Sentences about what the running kernel still does wrong. A distribution
 * may have mended its own; its number does not tell.
 */
export function describeKernelBugs(release: string): string[] {
  return KERNEL_BUGS.filter(({ since, until }) =>
    isKernelAtLeast(release, ...since) && !isKernelAtLeast(release, ...until)
  ).map(({ until, effect }) =>
    `Linux ${release}, unless its distribution has mended it: ${effect} ` +
    `(mended in ${until.join(".")})`
  );
}
