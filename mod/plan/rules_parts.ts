import type { Cidr, IpFamily } from "#model";
import type { RuleOptions } from "./rule_options.ts";
import { setName } from "./sets.ts";
import type { SetKind } from "./types.ts";

/** A chain of ours with its rules, without `-A NAME`. */
export interface RuleChain {
  /** Name, with our prefix. */
  readonly name: string;
  /** Rules in order, as `iptables-save` prints them. */
  readonly rules: readonly string[];
}

/** A rule in a built-in chain that leads into one of ours. */
export interface RuleJump {
  /** Built-in chain. */
  readonly from: string;
  /** Chain of ours. */
  readonly to: string;
  /** Whether it must come before rules that translate addresses. */
  readonly beforeNat: boolean;
}

/** What we want in one table. */
export interface RuleTable {
  /** Name of the table. */
  readonly table: "filter" | "mangle" | "nat";
  /** Our chains. */
  readonly chains: readonly RuleChain[];
  /** How they are reached. */
  readonly jumps: readonly RuleJump[];
}

/** What all names of our chains begin with. */
export const CHAIN_PREFIX = "KUBE-VS-";

/** First packet of a connection. */
export const NEW = "-m conntrack --ctstate NEW";

/** Match on a set of ours. */
export function inSet(family: IpFamily, set: SetKind, by: string): string {
  return `-m set --match-set ${setName(set, family)} ${by}`;
}

/** Match on not being in a set of ours. */
export function notInSet(family: IpFamily, set: SetKind, by: string): string {
  return `-m set ! --match-set ${setName(set, family)} ${by}`;
}

/** Parts of a rule with one space between; empty parts are left out. */
export function join(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(" ");
}

/** A number as `iptables-save` prints marks. */
export function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}

/** Networks of one family. */
export function ofFamily(
  cidrs: readonly Cidr[],
  family: IpFamily,
): readonly Cidr[] {
  return cidrs.filter((cidr) => cidr.includes(":") === (family === "ipv6"));
}

/**
 * Matches that are true for clients inside the cluster that arrive from
 * elsewhere than this node itself, one for each way to tell.
 */
export function insideSources(options: RuleOptions): string[] {
  const { detector, family } = options;
  switch (detector.mode) {
    case "none":
      return ofFamily(options.nodePodCidrs, family).map((cidr) => `-s ${cidr}`);
    case "cluster-cidr":
    case "node-cidr":
      return ofFamily(detector.cidrs, family).map((cidr) => `-s ${cidr}`);
    case "bridge-interface":
      return [`-i ${detector.name}`];
    case "interface-name-prefix":
      return [`-i ${detector.prefix}+`];
  }
}

/**
 * Match that is true for clients that are no pods; undefined when pods cannot
 * be told from others in this family.
 */
export function notLocal(options: RuleOptions): string | undefined {
  const { detector, family } = options;
  switch (detector.mode) {
    case "none":
      return undefined;
    case "cluster-cidr":
    case "node-cidr": {
      // Only the first network of a family counts, as in kube-proxy.
      const first = ofFamily(detector.cidrs, family)[0];
      return first === undefined ? undefined : `! -s ${first}`;
    }
    case "bridge-interface":
      return `! -i ${detector.name}`;
    case "interface-name-prefix":
      return `! -i ${detector.prefix}+`;
  }
}
