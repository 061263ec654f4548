/**
 * The node of a history: the agent as the program composes it, over the fakes
 * and a clock that stands until the history moves it.
 *
 * @module
 */
import { Agent, type SourceKind } from "../../mod/agent/mod.ts";
import { createHost } from "../../mod/apply/mod.ts";
import {
  planContextOf,
  routesOf,
  rulesOf,
  type ViewOptions,
} from "../../mod/cli/host_view.ts";
import {
  ClusterModel,
  decodeEndpointSlice,
  decodeNode,
  decodeService,
  decodeServiceCidr,
} from "../../mod/model/mod.ts";
import {
  DEFAULT_MARK_RANGE,
  MarkRegistry,
  planService,
} from "../../mod/plan/mod.ts";
import { FakeRunDirectory } from "../agent/fake_run_directory.ts";
import { settingsOf } from "../cli/support.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeHost } from "../support/fake_host.ts";
import { Gate } from "./gate.ts";
import { type SimObject, toWire, watchKey } from "./objects.ts";

/** Name of this node. */
export const NODE = "node-1";
/** Name of the device. */
export const DEVICE = "kube-ipvs0";
/** Kinds that are watched. */
export const SOURCES = [
  "Service",
  "EndpointSlice",
  "Node",
  "ServiceCIDR",
] as const;
const SETTINGS = settingsOf();
const MOST_STEPS_TO_STOP = 200;

/** A node; its fakes outlive its agents. */
export class SimHost {
  readonly host = new FakeHost();
  readonly clock = new FakeClock();
  readonly directory = new FakeRunDirectory();
  readonly warnings: string[] = [];
  /** What the agent says that it repaired, and how often it said so. */
  readonly repaired: string[] = [];
  gate = new Gate(this.host);
  agent!: Agent;
  #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor() {
    this.host.ip.addDevice("eth0", "ether", ["192.168.1.1/24"]);
  }

  /** Makes a new agent that knows nothing, as after a start. */
  start(): void {
    const model = new ClusterModel({ nodeName: NODE });
    const marks = new MarkRegistry(DEFAULT_MARK_RANGE, 0x4000);
    const view: ViewOptions = {
      settings: SETTINGS,
      nodeName: NODE,
      model,
      families: new Set(["ipv4", "ipv6"]),
      randomFully: true,
      markOf: (key) => marks.markOf(key),
    };
    const gate = new Gate(this.host);
    this.gate = gate;
    this.#stop = new AbortController();
    this.agent = new Agent({
      host: createHost(gate, "legacy"),
      clock: this.clock,
      model,
      marks,
      planService,
      planContext: (addresses) => planContextOf(addresses, view),
      rules: () => rulesOf(view),
      routes: () => routesOf(view),
      sources: SOURCES,
      runDirectory: gate.directory(this.directory),
      // Twice a second, as on a host, would be most of what a history costs.
      timing: { rulesMs: 10_000 },
      monitor: (signal) =>
        gate.lines(["ip", "-o", "monitor", "address", "link"], signal),
      observer: {
        warned: (message) => this.warnings.push(message),
        repaired: (kind, count) => this.repaired.push(`${count} ${kind}`),
      },
    });
    this.#running = this.agent.run(this.#stop.signal);
  }

  /** Tells the agent of an object. */
  tell(object: SimObject): void {
    const key = watchKey(object);
    const wire = toWire(object);
    switch (object.kind) {
      case "Service": {
        const event = upsert(key, decodeService(wire));
        return this.agent.handle({ source: "Service", event });
      }
      case "EndpointSlice": {
        const event = upsert(key, decodeEndpointSlice(wire));
        return this.agent.handle({ source: "EndpointSlice", event });
      }
      case "Node": {
        const event = upsert(key, decodeNode(wire));
        return this.agent.handle({ source: "Node", event });
      }
      case "ServiceCIDR": {
        const event = upsert(key, decodeServiceCidr(wire));
        return this.agent.handle({ source: "ServiceCIDR", event });
      }
    }
  }

  /** Tells the agent that an object is gone. */
  tellGone(object: SimObject): void {
    const event = { kind: "delete", key: watchKey(object) } as const;
    this.agent.handle({ source: object.kind, event });
  }

  /** Tells the agent that a kind has been listed, or that its watch is cut. */
  say(source: SourceKind, what: "synced" | "cut"): void {
    const event = what === "synced"
      ? { kind: "synced" } as const
      : { kind: "desynced", reason: "cut" } as const;
    this.agent.handle({ source, event });
  }

  /** A complete list of other nodes. */
  tellOtherNodes(addresses: readonly string[]): void {
    const nodes = new Map(addresses.map((address, index) => {
      const name = `other-${index}`;
      const wire = toWire({
        kind: "Node",
        name,
        addresses: [address],
        podCidrs: [],
      });
      return [name, decodeNode(wire)] as const;
    }));
    this.agent.replaceNodes(nodes);
  }

  /** Ends the agent as SIGTERM does; a dead one is buried. */
  async stop(): Promise<void> {
    let isOver = false;
    this.#stop.abort();
    if (this.gate.isDead) this.directory.breakLocks();
    else {
      this.#running.finally(() => isOver = true);
      // A tool that hangs keeps it for a while.
      for (let i = 0; i < MOST_STEPS_TO_STOP; i++) {
        await this.clock.advance(i === 0 ? 0 : 1_000);
        if (isOver) break;
      }
      if (!isOver) throw new Error("Cannot go on: the agent does not end");
    }
    this.gate.die();
  }

  /** Time passes. */
  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
    await this.clock.advance(0);
    this.host.assertUnderstood();
  }
}

function upsert<Value>(key: string, object: Value) {
  return { kind: "upsert", key, object } as const;
}
