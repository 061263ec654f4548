/**
 * The node that a scenario is played on: real agent, model, plan, diff and
 * doors over the stateful fakes, fed with API objects as a watch would.
 *
 * @module
 */
import {
  type Decoded,
  decodeEndpointSlice,
  decodeNode,
  decodeService,
} from "#model";
import type { SourceKind } from "../../mod/agent/mod.ts";
import { TestNode } from "../agent/harness.ts";
import { Random } from "../simulation/random.ts";
import type { ApiObject } from "./objects.ts";

const SOURCES = ["Service", "EndpointSlice", "Node", "ServiceCIDR"] as const;
/** Programs that change the kernel; one call in ten fails. */
const FAILING = ["ipvsadm", "ipset", "ip", "iptables-legacy-restore"];
const FAULT_SHARE = 0.1;
/** As long as retries and an audit need. */
const SETTLE_MS = { steady: 6_000, faulty: 70_000 } as const;
/** Faults stop then, so that what remains is to converge. */
const FAULTY_MS = 10_000;

/** What a scenario works on. */
export class Scene {
  /** The node. */
  readonly node: TestNode = new TestNode();
  /** Objects by kind and key. */
  readonly objects: Map<string, ApiObject> = new Map();
  /** Whether tools fail now and then. */
  readonly isFaulty: boolean;
  readonly #random: Random;
  #wantsFaults: boolean;

  /** `seed` chooses which calls fail; absent: none does. */
  constructor(seed?: number) {
    this.isFaulty = seed !== undefined;
    this.#wantsFaults = this.isFaulty;
    this.#random = new Random(seed ?? 0);
  }

  /** An agent starts; every source says all that there is. */
  async boot(): Promise<void> {
    this.node.start();
    this.tellAll();
    await this.node.advance(0);
  }

  /** Tells the agent all objects, then that these are all. */
  tellAll(): void {
    for (const object of this.objects.values()) this.#tell(object);
    for (const source of SOURCES) {
      this.node.agent.handle({ source, event: { kind: "synced" } });
    }
  }

  /** One source tells all that it knows, and that this is all. */
  tell(kind: string | undefined): void {
    const source = sourceOf(kind ?? "");
    for (const object of this.objects.values()) {
      if (object["kind"] === source) this.#tell(object);
    }
    this.node.agent.handle({ source, event: { kind: "synced" } });
  }

  /** An object is as given from now on. */
  apply(object: ApiObject): void {
    this.objects.set(keyOf(object), object);
    this.#tell(object);
  }

  /** An object is gone. */
  delete(kind: string, name: string): void {
    this.objects.delete(`${kind} default/${name}`);
    this.node.agent.handle({
      source: sourceOf(kind),
      event: { kind: "delete", key: `default/${name}` },
    });
  }

  /** Services by name. */
  services(): ReadonlyMap<string, ApiObject> {
    const found = [...this.objects].filter(([key]) =>
      key.startsWith("Service ")
    );
    return new Map(
      found.map((
        [key, object],
      ) => [key.slice("Service default/".length), object]),
    );
  }

  /** No tool fails any more in this scenario. */
  stopFaults(): void {
    this.#wantsFaults = false;
  }

  /** Time passes until nothing is left to do; tools fail meanwhile. */
  async settle(): Promise<void> {
    if (!this.#wantsFaults) return await this.node.advance(SETTLE_MS.steady);
    const { faults } = this.node.host;
    faults.add({
      times: Infinity,
      when: ({ argv: [program] }) =>
        FAILING.includes(program) && this.#random.chance(FAULT_SHARE),
      effect: this.#random.chance(0.5)
        ? { kind: "exit", code: 1, stderr: "out of luck\n" }
        : { kind: "killed", afterLines: this.#random.below(4) },
    });
    await this.node.advance(FAULTY_MS);
    faults.clear();
    await this.node.advance(SETTLE_MS.faulty);
  }

  #tell(object: ApiObject): void {
    const key = keyOf(object).split(" ")[1] ?? "";
    const { agent } = this.node;
    switch (object["kind"]) {
      case "Service":
        return agent.handle({
          source: "Service",
          event: upsert(key, decodeService(object)),
        });
      case "EndpointSlice":
        return agent.handle({
          source: "EndpointSlice",
          event: upsert(key, decodeEndpointSlice(object)),
        });
      case "Node":
        return agent.handle({
          source: "Node",
          event: upsert(key, decodeNode(object)),
        });
      default:
        throw new Error(`Cannot tell of a ${object["kind"]}`);
    }
  }
}

function upsert<Value>(key: string, object: Decoded<Value>) {
  return { kind: "upsert", key, object } as const;
}

function keyOf(object: ApiObject): string {
  const { name, namespace } = object["metadata"] as Record<string, string>;
  const key = object["kind"] === "Node" ? name : `${namespace}/${name}`;
  return `${object["kind"]} ${key}`;
}

function sourceOf(kind: string): SourceKind {
  const source = SOURCES.find((one) => one === kind);
  if (source === undefined) throw new Error(`Cannot delete a ${kind}`);
  return source;
}
