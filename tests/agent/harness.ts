/**
 * A node in memory: the real agent, model, plan, diff and doors over the
 * stateful fakes and a clock that stands until a test moves it.
 *
 * @module
 */
import {
  Agent,
  type AgentObserver,
  type AgentTiming,
} from "../../mod/agent/mod.ts";
import { createHost } from "../../mod/apply/mod.ts";
import type { Clock, LocalRoute } from "../../mod/apply/mod.ts";
import {
  type Cidr,
  ClusterModel,
  type EndpointSlice,
  type IpFamily,
  type Service,
} from "../../mod/model/mod.ts";
import {
  DEFAULT_MARK_RANGE,
  MarkRegistry,
  planService,
  type RuleOptions,
  selectNodePortAddresses,
} from "../../mod/plan/mod.ts";
import { mergeObservers } from "../../mod/observe/merge_observers.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeHost } from "../support/fake_host.ts";
import { FakeRunDirectory } from "./fake_run_directory.ts";
import type { FakeSnapshotStore } from "./fake_snapshot_store.ts";
import {
  type TestEndpoint,
  type TestService,
  testService,
  testSlice,
} from "./objects.ts";

const DEVICE = "kube-ipvs0";
const NODE = "node-1";

/** How a node is set up. */
export interface NodeOptions {
  readonly timing?: Partial<AgentTiming>;
  readonly families?: readonly IpFamily[];
  /** Replaces the fake host's own doors, to see every step. */
  readonly clock?: Clock;
  /** Networks whose addresses serve node ports; absent: those of the Node. */
  readonly nodePortCidrs?: readonly Cidr[];
  /** Whether `nft monitor` is there; what it says comes by `sayRules`. */
  readonly hasRulesMonitor?: boolean;
}

/** A node: the fakes outlive its agents. */
export class TestNode {
  readonly host = new FakeHost();
  readonly clock = new FakeClock();
  readonly directory = new FakeRunDirectory();
  /** Where the next agents keep snapshots; undefined: nowhere. */
  snapshots: FakeSnapshotStore | undefined;
  /** Local routes that are wanted. */
  routes: readonly LocalRoute[] = [];
  /** Networks of Services, on which the rules depend. */
  serviceCidrs: readonly Cidr[] = [];
  /** Told what the agent tells, beside what is noted here. */
  readonly observers: AgentObserver[] = [];
  readonly warnings: string[] = [];
  readonly events: string[] = [];
  /** Services that were planned, one after the other. */
  readonly planned: string[] = [];
  readonly services = new Map<string, Service>();
  readonly slices = new Map<string, EndpointSlice>();
  readonly #options: NodeOptions;
  readonly #families: readonly IpFamily[];
  agent!: Agent;
  /** What the agent knows of the cluster. */
  model!: ClusterModel;
  #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  readonly #rulesSaid: string[] = [];
  #wakeRules = (): void => {};

  constructor(options: NodeOptions = {}) {
    this.#options = options;
    this.#families = options.families ?? ["ipv4", "ipv6"];
    this.host.ip.addDevice("eth0", "ether", ["192.168.1.1/24"]);
  }

  /** Makes a new agent that knows nothing, as after a start. */
  start(): void {
    const model = new ClusterModel({ nodeName: NODE });
    this.model = model;
    const marks = new MarkRegistry(DEFAULT_MARK_RANGE, 0x4000);
    this.#stop = new AbortController();
    this.agent = new Agent({
      host: createHost(this.host, "legacy"),
      clock: this.clock,
      model,
      marks,
      planService,
      planContext: (hostAddresses) => ({
        nodeName: NODE,
        nodePortAddresses: selectNodePortAddresses(
          this.#options.nodePortCidrs ?? [],
          hostAddresses,
          {
            node: model.node(),
            device: DEVICE,
          },
        ),
        hostAddresses: new Set(
          [...hostAddresses].filter(([name]) => name !== DEVICE)
            .flatMap(([, addresses]) => [...addresses]),
        ),
        nodeAddresses: [],
        routedCidrs: this.routes.map(({ cidr }) => cidr),
        foreignAddresses: new Map(),
        families: new Set(this.#families),
        scheduler: "rr",
        externalIps: true,
        markOf: (key) => marks.markOf(key),
      }),
      routes: () => this.routes,
      rules: () =>
        this.#families.map((family) => ({
          ...ruleOptions(family),
          serviceCidrs: this.serviceCidrs,
        })),
      sources: ["Service", "EndpointSlice", "Node", "ServiceCIDR"],
      runDirectory: this.directory,
      ...(this.snapshots === undefined
        ? {}
        : { snapshots: { store: this.snapshots, nodeName: NODE } }),
      timing: this.#options.timing ?? {},
      monitor: (signal) =>
        this.host.lines(["ip", "-o", "monitor", "address", "link"], signal),
      ...(this.#options.hasRulesMonitor
        ? { rulesMonitor: (signal) => this.#rulesLines(signal) }
        : {}),
      observer: mergeObservers([this.#observer(), ...this.observers]),
    });
    this.#running = this.agent.run(this.#stop.signal);
  }

  /** Starts an agent and lets every source say what it knows. */
  async boot(): Promise<void> {
    this.start();
    this.replay();
    this.sync();
    await this.advance(0);
  }

  /** Tells the agent all objects once more, as a new list does. */
  replay(): void {
    for (const service of this.services.values()) this.#tell(service);
    for (const slice of this.slices.values()) this.#tellSlice(slice);
  }

  /** Every source has been listed. */
  sync(): void {
    for (
      const source of [
        "Service",
        "EndpointSlice",
        "Node",
        "ServiceCIDR",
      ] as const
    ) this.agent.handle({ source, event: { kind: "synced" } });
  }

  /** Ends the agent as SIGTERM does. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** Time passes. */
  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
    await this.clock.advance(0);
    this.host.assertUnderstood();
  }

  /** Adds or changes a Service. */
  put(name: string, options: TestService = {}): void {
    const service = testService(name, options);
    this.services.set(service.name, service);
    this.#tell(service);
  }

  /** Deletes a Service; its slices stay until they are deleted. */
  delete(name: string): void {
    this.services.delete(`default/${name}`);
    this.agent.handle({
      source: "Service",
      event: { kind: "delete", key: `default/${name}` },
    });
  }

  /** Sets the endpoints of a Service, all in one slice. */
  endpoints(
    name: string,
    endpoints: readonly (string | TestEndpoint)[],
    port: number = 8080,
  ): void {
    const slice = testSlice(this.services, name, { endpoints, port });
    this.slices.set(slice.name, slice);
    this.#tellSlice(slice);
  }

  /** The virtual server table as `ipvsadm -Sn` prints it. */
  ipvs(): string {
    return this.host.ipvs.dump();
  }

  /** Command lines since the last call, "program argument ...". */
  takeCalls(): string[] {
    const calls = this.host.calls.map(({ argv, stdin }) =>
      argv.join(" ") + (stdin === "" ? "" : `: ${stdin.trimEnd()}`)
    );
    this.host.resetCounts();
    return calls;
  }

  /** What `nft monitor rules` says; "" ends it, as when it is killed. */
  sayRules(line: string): void {
    this.#rulesSaid.push(line);
    this.#wakeRules();
  }

  async *#rulesLines(signal: AbortSignal): AsyncIterable<string> {
    signal.addEventListener("abort", () => this.#wakeRules(), { once: true });
    while (!signal.aborted) {
      for (const line of this.#rulesSaid.splice(0)) {
        if (line === "") return;
        yield line;
      }
      await new Promise<void>((resolve) => this.#wakeRules = resolve);
    }
  }

  #tell(service: Service): void {
    this.agent.handle({
      source: "Service",
      event: {
        kind: "upsert",
        key: service.name,
        object: { kind: "object", value: service, rejections: [] },
      },
    });
  }

  #tellSlice(slice: EndpointSlice): void {
    this.agent.handle({
      source: "EndpointSlice",
      event: {
        kind: "upsert",
        key: slice.name,
        object: { kind: "object", value: slice, rejections: [] },
      },
    });
  }

  #observer(): AgentObserver {
    return {
      warned: (message) => this.warnings.push(message),
      planned: (service) => this.planned.push(service),
      lockWaited: (ms) => this.events.push(`lock waited ${ms} ms`),
      failed: (unit, reason) => this.events.push(`failed ${unit}: ${reason}`),
      repaired: (kind, count) => this.events.push(`repaired ${count} ${kind}`),
      foreign: (thing) => this.events.push(`foreign ${thing.name}`),
      conflict: (conflict) =>
        this.events.push(
          `conflict ${conflict.frontend}: ${conflict.winner} before ` +
            conflict.losers.join(),
        ),
    };
  }
}

function ruleOptions(family: IpFamily): RuleOptions {
  return {
    family,
    masqueradeMark: 0x4000,
    masqueradeAll: false,
    randomFully: true,
    detector: { mode: "none" },
    nodePodCidrs: [],
    serviceCidrs: [],
    markRange: DEFAULT_MARK_RANGE,
  };
}
