import type { IpAddress } from "../../mod/model/mod.ts";
import { TestNode } from "../agent/harness.ts";
import {
  expect,
  type Expected,
  type SimEndpoint,
  type SimObjects,
  type SimService,
} from "./oracle.ts";

/** A node, the objects that it was told of, and what others put there. */
export class World {
  readonly node = new TestNode();
  readonly services: Map<string, SimService> = new Map();
  readonly endpoints: Map<string, readonly SimEndpoint[]> = new Map();
  /** Lines of `ipvsadm -Sn` that are not ours. */
  readonly foreignLines: Set<string> = new Set();
  /** Addresses on the device that are not ours. */
  readonly foreignAddresses: Set<string> = new Set();
  /** Others have damaged what is ours since the last quiet time. */
  isDamaged = false;
  /** The wall clock has jumped. */
  hasJumped = false;
  /** The agent has been told that all lists are complete. */
  isSynced = false;
  /** When each endpoint left all slices: "service address" to fake ms. */
  readonly goneMs: Map<string, number> = new Map();
  expected: Expected = expect({ services: new Map(), endpoints: new Map() });
  /** Virtual servers that were usable in every state since the last rest. */
  steadyUsable: ReadonlySet<string> = new Set();
  /** Owners of frontends that were the same in every state since then. */
  steadyOwners: ReadonlyMap<string, string> = new Map();

  get objects(): SimObjects {
    return { services: this.services, endpoints: this.endpoints };
  }

  put(service: SimService): void {
    this.services.set(service.name, service);
    const { clusterIp, externalIps, createdMs, affinitySeconds } = service;
    this.node.put(service.name, {
      ip: clusterIp,
      port: service.port,
      protocol: service.protocol,
      createdMs,
      externalIps: externalIps as readonly IpAddress[],
      ...(affinitySeconds === undefined
        ? {}
        : { persistenceTimeoutSeconds: affinitySeconds }),
    });
    this.setEndpoints(service.name, this.endpoints.get(service.name) ?? []);
  }

  delete(name: string): void {
    this.services.delete(name);
    this.node.delete(name);
    this.#changed();
  }

  setEndpoints(name: string, endpoints: readonly SimEndpoint[]): void {
    const nowMs = this.node.clock.monotonicMs();
    const addresses = new Set(endpoints.map((one) => one.address));
    for (const { address } of this.endpoints.get(name) ?? []) {
      const id = `${name} ${address}`;
      if (!addresses.has(address)) this.goneMs.set(id, nowMs);
    }
    for (const address of addresses) this.goneMs.delete(`${name} ${address}`);
    this.endpoints.set(name, endpoints);
    if (this.services.has(name)) {
      this.node.endpoints(
        name,
        endpoints.map(({ address, state }) => ({
          address,
          ready: state === "ready",
          serving: state !== "not-ready",
          terminating: state === "terminating",
        })),
      );
    }
    this.#changed();
  }

  /** The agent is at rest: it has nothing of earlier states in hand. */
  settled(): void {
    this.steadyUsable = new Set(this.expected.usable.keys());
    this.steadyOwners = this.expected.owners;
  }

  #changed(): void {
    this.expected = expect(this.objects);
    const { usable, owners } = this.expected;
    this.steadyUsable = new Set(
      [...this.steadyUsable].filter((key) => usable.has(key)),
    );
    this.steadyOwners = new Map(
      [...this.steadyOwners].filter(([key, name]) => owners.get(key) === name),
    );
  }
}
