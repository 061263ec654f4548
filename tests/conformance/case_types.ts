import type { Form } from "./forms.ts";

/** A partial object of the API, laid over the base of its kind. */
export type Patch = Readonly<Record<string, unknown>>;

/** What a step of a case changes. */
export interface Change {
  /** One Service; laid over `ns1/svc1`, TCP port 80 named p80. */
  readonly service?: Patch;
  /** Several Services. */
  readonly services?: readonly Patch[];
  /** Slices; laid over one of `ns1/svc1`, port 8080 named p80. */
  readonly slices?: readonly Patch[];
  /** This node; laid over `n1` with 192.0.2.1. */
  readonly node?: Patch;
  /** Deleted: "Service ns1/svc1", "EndpointSlice ns1/svc1-1". */
  readonly delete?: readonly string[];
}

/** What is looked at after a step; what is not named is not compared. */
export interface Expectation {
  /** Virtual servers, as `ipvsadm --save --numeric` prints them. */
  readonly ipvs?: string;
  /** Addresses bound on the device. */
  readonly addresses?: readonly string[];
  /** Elements of each set that is named; marks after a blank. */
  readonly sets?: Readonly<Record<string, readonly string[]>>;
  /** Answers by frontend: "tcp/10.20.30.41:80": "serve drop". */
  readonly answers?: Readonly<Record<string, string>>;
  /** "PORT COUNT" of each Service with a health-check node port. */
  readonly health?: readonly string[];
  /** Policies without local endpoint while there are some elsewhere. */
  readonly noLocal?: readonly ("internal" | "external")[];
  /** Fields that were rejected, of all objects. */
  readonly rejected?: readonly string[];
  /** Services made dirty by the step. */
  readonly dirty?: "all" | readonly string[];
  /** Addresses that serve node ports. */
  readonly nodePortAddresses?: readonly string[];
}

/** Node and configuration of a case. */
export interface Setting {
  /** Name of this node. */
  readonly nodeName?: string;
  /** Addresses by device. */
  readonly host?: Readonly<Record<string, readonly string[]>>;
  /** Addresses of other nodes. */
  readonly otherNodes?: Readonly<Record<string, readonly string[]>>;
  /** `nodePortAddresses`. */
  readonly nodePortAddresses?: readonly string[];
  /** Configured scheduler. */
  readonly scheduler?: string;
  /** Schedulers that the kernel has. */
  readonly available?: readonly string[];
  /** Feature gate AllowServiceExternalIPs. */
  readonly externalIps?: boolean;
}

/** One case. */
export interface Case extends Change {
  /** Numbers of behaviour section 13 that it covers. */
  readonly number?: number | readonly number[];
  /** What is shown. */
  readonly name: string;
  /** Forms in which it is run; absent: all three. */
  readonly forms?: readonly Form[];
  /** Node and configuration. */
  readonly given?: Setting;
  /** What must come out; absent when there are steps. */
  readonly expect?: Expectation;
  /** One after the other on the same model. */
  readonly steps?: readonly (Change & { readonly expect: Expectation })[];
}
