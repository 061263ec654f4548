import type { AgentObserver } from "#agent";
import type { IpFamily, ServiceName } from "#model";
import type { ServicePlan } from "#plan";
import { getLogger } from "@std/log";
import type { HandleOf } from "./bounded_server.ts";
import { answerServiceHealth } from "./service_health.ts";

/** A server that listens. */
export interface OpenPort {
  /** Listens no more; requests under way get their answer. */
  closeGently(): void;
}

/** What health-check node ports need. */
export interface HealthCheckPortsOptions {
  /** Addresses to listen on, as they are now: "::" or each by itself. */
  hosts(): readonly string[];
  /**
   * Listens.
   *
   * @throws {Error} when the address cannot be bound
   */
  listen(host: string, port: number, handleOf: HandleOf): OpenPort;
  /** Endpoints of this node that clients of a Service really reach. */
  localEndpoints(service: ServiceName, family: IpFamily): number;
  /** Whether the proxy is healthy. */
  isHealthy(): boolean;
  /** Whether the node is being deleted. */
  isNodeLeaving(): boolean;
  /** Is told of a port that cannot be opened, once. */
  failed(service: ServiceName, port: number, reason: string): void;
}

/** Between tries of ports that could not be opened, ms. */
const RETRY_MS = 5_000;

/** One Service's port while it is wanted. */
interface Port {
  readonly service: ServiceName;
  readonly port: number;
  readonly servers: Map<string, OpenPort>;
  isClosing: boolean;
  complaint: string;
}

/**
 * One HTTP server for each Service that has a health-check node port, on each
 * address. What is open stays open until its own Service or address goes.
 */
export class HealthCheckPorts {
  readonly #options: HealthCheckPortsOptions;
  readonly #wanted = new Map<ServiceName, number>();
  readonly #ports = new Map<ServiceName, Port>();
  #isStale = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Nothing is opened before a pass is over. */
  constructor(options: HealthCheckPortsOptions) {
    this.#options = options;
  }

  /** Takes what is planned; ports follow at the end of the pass. */
  observer(): Required<Pick<AgentObserver, "planned" | "passed">> {
    return {
      planned: (service, plan) => this.#planned(service, plan),
      passed: () => {
        if (this.#isStale) this.sync();
      },
    };
  }

  /** How many Services have their port open, and how many do not. */
  get counts(): { readonly open: number; readonly failed: number } {
    const all = [...this.#ports.values()];
    const failed = all.filter(({ complaint }) => complaint !== "").length;
    return { open: all.length - failed, failed };
  }

  /** Opens what is missing and closes what is not wanted. */
  sync(): void {
    this.#isStale = false;
    clearTimeout(this.#timer);
    const hosts = this.#options.hosts();
    for (const [service, port] of this.#ports) {
      if (this.#wanted.get(service) !== port.port) this.#close(port);
    }
    for (const [service, number] of this.#wanted) {
      const port = this.#ports.get(service) ?? newPort(service, number);
      this.#ports.set(service, port);
      closeOthers(port, hosts);
    }
    // Only when nothing stands in the way any more.
    for (const port of this.#ports.values()) this.#open(port, hosts);
    if (this.counts.failed === 0) return;
    this.#timer = setTimeout(() => this.sync(), RETRY_MS);
  }

  /** Closes everything. */
  close(): void {
    clearTimeout(this.#timer);
    for (const port of this.#ports.values()) this.#close(port);
  }

  #planned(service: ServiceName, plan: ServicePlan | undefined): void {
    const port = plan?.healthCheck?.port;
    if (port !== undefined) this.#wanted.set(service, port);
    else if (!this.#wanted.delete(service)) return;
    this.#isStale = true;
  }

  #open(port: Port, hosts: readonly string[]): void {
    const opened: string[] = [];
    try {
      for (const host of hosts) {
        if (port.servers.has(host)) continue;
        const server = this.#options.listen(
          host,
          port.port,
          (connection) => () => this.#answer(port, familyOf(connection.remote)),
        );
        port.servers.set(host, server);
        opened.push(host);
      }
      port.complaint = "";
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#complain(port, reason);
    }
    if (opened.length > 0) {
      getLogger("observe").debug("serving a health-check node port", {
        service: port.service,
        port: port.port,
        hosts: opened.join(","),
      });
    }
  }

  #complain(port: Port, reason: string): void {
    if (port.complaint === reason) return;
    port.complaint = reason;
    getLogger("observe").warn(
      "Cannot open a health-check node port; it is tried again",
      { service: port.service, port: port.port, reason },
    );
    this.#options.failed(port.service, port.port, reason);
  }

  #close(port: Port): void {
    port.isClosing = true;
    this.#ports.delete(port.service);
    closeOthers(port, []);
  }

  #answer({ service, isClosing }: Port, family: IpFamily): Response {
    const { localEndpoints, isHealthy, isNodeLeaving } = this.#options;
    return answerServiceHealth({
      service,
      localEndpoints: isClosing ? 0 : localEndpoints(service, family),
      isProxyHealthy: isHealthy(),
      isNodeLeaving: isNodeLeaving(),
      isClosing,
    });
  }
}

function newPort(service: ServiceName, port: number): Port {
  return {
    service,
    port,
    servers: new Map(),
    isClosing: false,
    complaint: "",
  };
}

function closeOthers(port: Port, hosts: readonly string[]): void {
  for (const [host, server] of port.servers) {
    if (hosts.includes(host)) continue;
    server.closeGently();
    port.servers.delete(host);
  }
}

/** A server for both families sees IPv4 as "::ffff:192.0.2.1". */
function familyOf(address: string): IpFamily {
  return address.includes(":") && !/^::ffff:/i.test(address) ? "ipv6" : "ipv4";
}
