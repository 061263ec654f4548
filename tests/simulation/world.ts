import type { SourceKind } from "../../mod/agent/mod.ts";
import { ABSENT_SCHEDULER } from "./generate.ts";
import { Foreigners } from "./foreigners.ts";
import { NODE, SimHost } from "./node.ts";
import { type SimObject, type SimSlice, watchKey } from "./objects.ts";
import { expect, type Expected } from "./oracle.ts";
import { socketOf } from "./oracle_servers.ts";
import { Steady } from "./steady.ts";
import { Unread } from "./unread.ts";

/** A node, the API server's objects, what others did, and what is to be. */
export class World {
  readonly node: SimHost = new SimHost();
  /** Objects of the API server, by "kind key". */
  readonly truth: Map<string, SimObject> = new Map();
  /** Kinds whose watch is cut. */
  readonly cut: Set<SourceKind> = new Set();
  /** What others have on this host. */
  readonly foreigners: Foreigners = new Foreigners(this.node.host);
  /** What failed batches were to make, and was not listed since. */
  readonly unread: Unread = new Unread();
  /** What has not changed since the last rest. */
  readonly steady: Steady = new Steady();
  /** Addresses of other nodes. */
  otherNodes: readonly string[] = [];
  /** Others have damaged what is ours since the last quiet time. */
  isDamaged = false;
  /** When the wall clock jumped last, fake ms. */
  jumpMs = -Infinity;
  /** When it had jumped last at the start of an agent: times on disk differ. */
  jumpAtStartMs = -Infinity;
  /** The agent has been told that all lists are complete. */
  isSynced = false;
  /** Calls that were made before this agent started. */
  firstCall = 0;
  /** The state file was spoilt, or could not be written, since the start. */
  isStateSpoilt = false;
  /** When each endpoint left all slices: "service socket" to fake ms. */
  readonly goneMs: Map<string, number> = new Map();
  /** Told of what the agent is told. */
  trace: (line: string) => void = () => {};
  /** What the living agent was told last. */
  readonly #told = new Map<string, SimObject>();
  /** The last good state of what it was told. */
  readonly #known = new Map<string, SimObject>();
  #listed = new Map<string, ReadonlySet<string>>();
  /** What the kernel is to hold, as far as the agent has been told. */
  expected: Expected = this.#expect();

  /** Objects of one kind. */
  all<Kind extends SimObject["kind"]>(
    kind: Kind,
  ): Extract<SimObject, { kind: Kind }>[] {
    return [...this.truth.values()].filter((
      one,
    ): one is Extract<SimObject, { kind: Kind }> => one.kind === kind);
  }

  /** An object is as given from now on. */
  put(object: SimObject): void {
    this.truth.set(idOf(object), object);
    if (!this.isSynced || this.cut.has(object.kind)) return;
    this.#tell(object);
    this.changed();
  }

  /** An object is gone. */
  delete(object: SimObject): void {
    this.truth.delete(idOf(object));
    if (!this.isSynced || this.cut.has(object.kind)) return;
    this.#tellGone(object);
    this.changed();
  }

  /** A kind is listed: what is new, what is gone, what is as it was. */
  list(kind: SourceKind): void {
    this.cut.delete(kind);
    for (const object of this.all(kind)) this.#tell(object);
    for (const [id, object] of [...this.#told]) {
      if (object.kind === kind && !this.truth.has(id)) this.#tellGone(object);
    }
    this.node.say(kind, "synced");
    if (this.isSynced) this.changed();
  }

  /** Other nodes are as given; the agent lists them. */
  setOtherNodes(addresses: readonly string[]): void {
    this.otherNodes = addresses;
    if (!this.isSynced) return;
    this.node.tellOtherNodes(addresses);
    this.changed();
  }

  /** A new agent starts and knows nothing. */
  start(): void {
    this.isSynced = false;
    this.firstCall = this.node.host.calls.length;
    this.cut.clear();
    this.#told.clear();
    this.#known.clear();
    this.unread.forget();
    this.jumpAtStartMs = this.jumpMs;
    // What was to be deleted is forgotten with the record; it times out.
    if (this.isStateSpoilt) this.node.host.conntrack.flows = [];
    this.foreigners.noteStart(this.node.directory, this.isStateSpoilt);
    this.isStateSpoilt = this.node.directory.isFull;
    this.node.start();
    this.node.tellOtherNodes(this.otherNodes);
  }

  /** All kinds have been listed. */
  synced(): void {
    this.isSynced = true;
    this.changed();
  }

  /** Whether a slice of a Service lists an endpoint. */
  isListed(service: string, socket: string): boolean {
    return this.#listed.get(service)?.has(socket) ?? false;
  }

  /** Works out anew what is to be, after a change that the agent knows of. */
  changed(): void {
    this.#noteListed();
    this.expected = this.#expect();
    const { clock } = this.node;
    this.steady.changed(
      this.expected,
      this.#drainLimits(),
      clock.monotonicMs(),
    );
    this.foreigners.noteWanted(this.expected);
  }

  /** The agent is at rest: it has nothing of earlier states in hand. */
  settled(): void {
    this.steady.settle(this.expected, this.#drainLimits());
  }

  /** Services that the kernel refuses something of. */
  get refused(): Set<string> {
    return new Set(
      this.#knownOf("Service").filter(({ wishes }) =>
        wishes["scheduler"] === ABSENT_SCHEDULER
      ).map(({ name }) => name),
    );
  }

  /** Good states of a kind, as the agent knows them. */
  #knownOf<Kind extends SimObject["kind"]>(
    kind: Kind,
  ): Extract<SimObject, { kind: Kind }>[] {
    return [...this.#known.values()].filter((
      one,
    ): one is Extract<SimObject, { kind: Kind }> => one.kind === kind);
  }

  #tell(object: SimObject): void {
    this.trace(`told ${JSON.stringify(object)}`);
    this.node.tell(object);
    const id = idOf(object);
    this.#told.set(id, object);
    const isBad = "flaw" in object && object.flaw === "whole" &&
      !(object.kind === "Service" && object.type === "ExternalName");
    if (!isBad) this.#known.set(id, object);
  }

  #tellGone(object: SimObject): void {
    this.trace(`gone ${idOf(object)}`);
    this.node.tellGone(object);
    const id = idOf(object);
    this.#told.delete(id);
    if (object.kind !== "Node") this.#known.delete(id);
  }

  #expect(): Expected {
    const node = this.#knownOf("Node").find(({ name }) => name === NODE);
    const hostAddresses = new Set<string>();
    for (const { name, addresses } of this.node.host.ip.devices.values()) {
      if (name === "kube-ipvs0") continue;
      for (const { local } of addresses.values()) hostAddresses.add(local);
    }
    return expect({
      services: this.#knownOf("Service"),
      slices: this.#knownOf("EndpointSlice"),
      node: { name: NODE, addresses: [], ...node },
      hostAddresses,
      otherNodes: new Set(this.otherNodes),
    });
  }

  #noteListed(): void {
    const nowMs = this.node.clock.monotonicMs();
    const listed = new Map<string, Set<string>>();
    for (const slice of this.#knownOf("EndpointSlice")) {
      const sockets = listed.get(slice.service) ?? new Set();
      for (const socket of socketsOf(slice)) sockets.add(socket);
      listed.set(slice.service, sockets);
    }
    for (const [service, sockets] of this.#listed) {
      for (const socket of sockets) {
        if (listed.get(service)?.has(socket)) continue;
        this.goneMs.set(`${service} ${socket}`, nowMs);
      }
    }
    for (const [service, sockets] of listed) {
      for (const socket of sockets) this.goneMs.delete(`${service} ${socket}`);
    }
    this.#listed = listed;
  }

  /** Hard limits of drains that Services ask for, ms. */
  #drainLimits(): ReadonlyMap<string, number> {
    return new Map(
      this.#knownOf("Service").map(({ name, wishes }) => {
        const seconds = wishes["drain-limit"] ?? "900";
        return [name, Number(seconds) * 1000] as const;
      }),
    );
  }
}

function idOf(object: SimObject): string {
  return `${object.kind} ${watchKey(object)}`;
}

function socketsOf({ ports, endpoints }: SimSlice): string[] {
  return ports.flatMap(({ targetPort }) =>
    endpoints.map(({ address }) => socketOf(address, targetPort))
  );
}
