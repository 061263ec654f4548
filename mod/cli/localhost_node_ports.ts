import type { AgentObserver } from "#agent";
import { waitFor } from "#apply";
import { familyOf, type ServiceName } from "#model";
import type { ServicePlan } from "#plan";
import { getLogger } from "@std/log";

/** Connections at a time, of all ports; more are closed at once. */
const MOST_CONNECTIONS = 1_024;
/** Between tries to bind a port, ms. */
const RETRY_MS = 10_000;
/** Our own socket for the port may only just be closing, ms. */
const FIRST_RETRY_MS = 20;
const BUFFER_BYTES = 16_384;
const LOOPBACK = "127.0.0.1";

/** What forwarding takes. */
export interface LocalhostOptions {
  /** Is told of each connection, for a metric. */
  connected(): void;
  /** Between tries to bind a port, ms; default 10,000. */
  readonly retryMs?: number;
}

/** Where the connections of a node port go. */
interface Target {
  readonly hostname: string;
  readonly port: number;
}

/**
 * Answers TCP node ports on 127.0.0.1. IPVS cannot take a connection whose
 * source is a loopback address, so this program takes it and connects to the
 * same port of the node's own address. A port without endpoints has no
 * socket here and is refused by the host.
 */
export class LocalhostNodePorts {
  readonly #options: LocalhostOptions;
  readonly #wanted = new Map<ServiceName, ReadonlyMap<number, Target>>();
  readonly #ports = new Map<number, ForwardedPort>();
  #connections = 0;
  readonly #stop = new AbortController();

  /** Nothing is bound before a Service with node ports was planned. */
  constructor(options: LocalhostOptions) {
    this.#options = options;
  }

  /** Takes what the agent plans. */
  observer(): Required<Pick<AgentObserver, "planned">> {
    return { planned: (service, plan) => this.#planned(service, plan) };
  }

  /** Closes all ports and connections. */
  close(): void {
    this.#stop.abort();
    for (const port of this.#ports.values()) port.close();
    this.#ports.clear();
  }

  #planned(service: ServiceName, plan: ServicePlan | undefined): void {
    if (this.#stop.signal.aborted) return;
    const before = this.#wanted.get(service);
    const now = targetsOf(plan);
    if (before === undefined && now.size === 0) return;
    if (now.size === 0) this.#wanted.delete(service);
    else this.#wanted.set(service, now);
    for (const port of before?.keys() ?? []) {
      if (now.has(port)) continue;
      // It may have passed to another Service, which was planned first.
      const target = this.#targetOfOthers(port);
      const open = this.#ports.get(port);
      if (target !== undefined && open !== undefined) open.target = target;
      else {
        open?.close();
        this.#ports.delete(port);
      }
    }
    for (const [port, target] of now) {
      const open = this.#ports.get(port);
      if (open !== undefined) open.target = target;
      else this.#open(port, target);
    }
  }

  #targetOfOthers(port: number): Target | undefined {
    for (const targets of this.#wanted.values()) {
      const target = targets.get(port);
      if (target !== undefined) return target;
    }
    return undefined;
  }

  #open(port: number, target: Target): void {
    const forwarded = new ForwardedPort(port, target, {
      signal: this.#stop.signal,
      retryMs: this.#options.retryMs ?? RETRY_MS,
      take: () => this.#take(),
      give: () => this.#connections--,
    });
    this.#ports.set(port, forwarded);
    forwarded.run().catch((error) => {
      getLogger("cli").error("localhost node port", {
        port,
        reason: String(error),
      });
    });
  }

  #take(): boolean {
    if (this.#connections >= MOST_CONNECTIONS) return false;
    this.#connections++;
    this.#options.connected();
    return true;
  }
}

/** TCP node ports of IPv4 that are served, and where. */
function targetsOf(plan: ServicePlan | undefined): ReadonlyMap<number, Target> {
  const targets = new Map<number, Target>();
  for (const frontend of plan?.frontends ?? []) {
    const { kind, protocol, address, port, inside } = frontend;
    if (kind !== "node-port" || protocol !== "tcp" || inside !== "serve") {
      continue;
    }
    if (familyOf(address) !== "ipv4" || targets.has(port)) continue;
    targets.set(port, { hostname: address, port });
  }
  return targets;
}

/** What a port shares with the others. */
interface Shared {
  readonly retryMs: number;
  /** Ends all connections. */
  readonly signal: AbortSignal;
  /** Whether one more connection may be. */
  take(): boolean;
  /** A connection is over. */
  give(): void;
}

/** Accepts connections on a port of 127.0.0.1. Throws when it is taken. */
const bind = (port: number) =>
  Deno.listen({ transport: "tcp", hostname: LOOPBACK, port });

/** One port of 127.0.0.1. */
class ForwardedPort {
  readonly #port: number;
  readonly #stop = new AbortController();
  readonly #shared: Shared;
  #socket: ReturnType<typeof bind> | undefined;

  /** Where new connections go. */
  target: Target;

  constructor(port: number, target: Target, shared: Shared) {
    this.#port = port;
    this.target = target;
    this.#shared = shared;
  }

  /** Takes no new connections; those that are may end by themselves. */
  close(): void {
    this.#stop.abort();
    if (this.#socket !== undefined) closeQuietly(this.#socket);
  }

  /** Accepts until it is closed; binds again when the port is taken. */
  async run(): Promise<void> {
    const { signal } = this.#stop;
    let tries = 0;
    while (!signal.aborted) {
      try {
        const socket = bind(this.#port);
        this.#socket = socket;
        tries = 0;
        for await (const client of socket) this.#forward(client);
      } catch (error) {
        if (signal.aborted) return;
        // Too many open files end the loop, and not the socket.
        if (this.#socket !== undefined) closeQuietly(this.#socket);
        if (tries === 1) {
          getLogger("cli").warn("Cannot serve a node port on localhost", {
            port: this.#port,
            reason: error instanceof Error ? error.message : String(error),
          });
        }
      }
      const { retryMs } = this.#shared;
      await waitFor(tries++ === 0 ? FIRST_RETRY_MS : retryMs, signal);
    }
  }

  #forward(client: Deno.TcpConn): void {
    if (!this.#shared.take()) {
      client.close();
      return;
    }
    this.#pipe(client).catch(() => {}).finally(() => this.#shared.give());
  }

  async #pipe(client: Deno.TcpConn): Promise<void> {
    const { signal } = this.#shared;
    let server: Deno.TcpConn;
    try {
      server = await Deno.connect(this.target);
    } catch (error) {
      client.close();
      throw error;
    }
    const end = (): void => {
      for (const one of [client, server]) closeQuietly(one);
    };
    signal.addEventListener("abort", end);
    try {
      if (!signal.aborted) await copyBoth(client, server);
    } finally {
      signal.removeEventListener("abort", end);
      end();
    }
  }
}

/** Until both sides have ended their half, or one failed. */
async function copyBoth(a: Deno.TcpConn, b: Deno.TcpConn): Promise<void> {
  await Promise.all([copy(a, b), copy(b, a)]);
}

/** A stream of Deno closes both halves at once, so this copies by hand. */
async function copy(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(BUFFER_BYTES);
  for (;;) {
    const count = await from.read(buffer);
    if (count === null) return await to.closeWrite();
    for (let done = 0; done < count;) {
      done += await to.write(buffer.subarray(done, count));
    }
  }
}

function closeQuietly(resource: { close(): void }): void {
  try {
    resource.close();
  } catch {
    // It is closed already.
  }
}
