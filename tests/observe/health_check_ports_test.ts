import { assertEquals } from "@std/assert";
import { planService } from "#plan";
import type { HandleOf } from "../../mod/observe/bounded_server.ts";
import type { ServiceName } from "../../mod/model/types.ts";
import { HealthCheckPorts } from "../../mod/observe/health_check_ports.ts";
import { setUpLogs } from "../../mod/observe/log_setup.ts";
import type { PassReport } from "../../mod/agent/types.ts";
import type { ServicePlan } from "../../mod/plan/types.ts";
import { context, service, slice } from "../plan/objects.ts";
import { QUIET } from "./support.ts";

const NOTHING = { permissions: "none" } as const;
const WEB = "default/web" as ServiceName;
const API = "default/api" as ServiceName;

function planOf(port: number | undefined): ServicePlan {
  const one = service({
    type: "LoadBalancer",
    externalTrafficPolicy: "Local",
    ...(port === undefined ? {} : { healthCheckNodePort: port }),
  });
  const plan = planService(one, [slice([])], context());
  const { healthCheck: _, ...rest } = plan;
  return port === undefined ? rest : plan;
}

/** Ports over sockets in memory. */
class World {
  readonly log: string[] = [];
  readonly lines: string[] = [];
  readonly taken = new Set<string>();
  readonly counts = { ipv4: 1, ipv6: 0 };
  hosts: readonly string[] = ["::"];
  healthy = true;
  leaving = false;
  readonly handles = new Map<string, HandleOf>();
  readonly ports: HealthCheckPorts;

  constructor() {
    setUpLogs({
      format: "text",
      verbosity: 0,
      write: (line) => this.lines.push(line),
    });
    this.ports = new HealthCheckPorts({
      hosts: () => this.hosts,
      listen: (host, port, handleOf) => this.#listen(host, port, handleOf),
      localEndpoints: (_service, family) => this.counts[family],
      isHealthy: () => this.healthy,
      isNodeLeaving: () => this.leaving,
      failed: (name, port, reason) =>
        this.log.push(`event ${name} ${port} ${reason}`),
    });
  }

  plan(name: ServiceName, port: number | undefined, isGone?: "gone"): void {
    const { planned } = this.ports.observer();
    planned(name, isGone === undefined ? planOf(port) : undefined);
  }

  pass(report: PassReport = QUIET): string[] {
    this.ports.observer().passed(report);
    return this.log.splice(0);
  }

  async ask(at: string, remote: string): Promise<string> {
    const handle = this.handles.get(at)?.({ remote, local: "" });
    if (handle === undefined) throw new Error(`nothing listened on ${at}`);
    const response = await handle(new Request("http://localhost/any"));
    await response.text();
    const weight = response.headers.get("x-load-balancing-endpoint-weight");
    return `${response.status} ${weight}`;
  }

  #listen(host: string, port: number, handleOf: HandleOf) {
    const at = `${host} ${port}`;
    if (this.taken.has(at)) throw new Error(`${at} is in use`);
    this.taken.add(at);
    this.handles.set(at, handleOf);
    this.log.push(`open ${at}`);
    return {
      closeGently: () => {
        this.taken.delete(at);
        this.log.push(`close ${at}`);
      },
    };
  }
}

Deno.test(
  "HealthCheckPorts follow Services at the end of a pass, and leave what stays",
  NOTHING,
  () => {
    const world = new World();
    world.plan(WEB, 30_001);
    assertEquals(world.log, []);
    assertEquals(world.pass(), ["open :: 30001"]);
    world.plan(API, 30_002);
    world.plan("default/none" as ServiceName, undefined);
    assertEquals(world.pass(), ["open :: 30002"]);
    world.plan(WEB, 30_001);
    assertEquals(world.pass(), [], "its endpoints changed, not its port");
    world.plan(WEB, 30_003);
    assertEquals(world.pass(), ["close :: 30001", "open :: 30003"]);
    world.plan(WEB, undefined);
    assertEquals(world.pass(), ["close :: 30003"]);
    world.plan(API, 0, "gone");
    assertEquals(world.pass(), ["close :: 30002"]);
  },
);

Deno.test(
  "HealthCheckPorts hand a port from one Service to another in one pass",
  NOTHING,
  () => {
    const world = new World();
    world.plan(WEB, 30_001);
    world.pass();
    world.plan(API, 30_001);
    world.plan(WEB, 0, "gone");
    assertEquals(world.pass(), ["close :: 30001", "open :: 30001"]);
    assertEquals(world.ports.counts, { open: 1, failed: 0 });
  },
);

Deno.test(
  "HealthCheckPorts follow addresses that come and go",
  NOTHING,
  () => {
    const world = new World();
    world.hosts = ["192.0.2.1", "192.0.2.2"];
    world.plan(WEB, 30_001);
    world.pass();
    world.hosts = ["192.0.2.2", "192.0.2.3"];
    world.plan(WEB, 30_001);
    assertEquals(world.pass(), [
      "close 192.0.2.1 30001",
      "open 192.0.2.3 30001",
    ]);
    world.ports.close();
    assertEquals(world.taken.size, 0);
  },
);

Deno.test(
  "HealthCheckPorts that cannot be opened say so once and are tried again",
  NOTHING,
  () => {
    const world = new World();
    world.taken.add(":: 30001");
    world.plan(WEB, 30_001);
    world.plan(API, 30_002);
    assertEquals(world.pass(), [
      "event default/web 30001 :: 30001 is in use",
      "open :: 30002",
    ]);
    assertEquals(world.ports.counts, { open: 1, failed: 1 });
    world.ports.sync();
    assertEquals(world.log, []);
    assertEquals(world.lines.length, 1);
    world.taken.clear();
    world.ports.sync();
    assertEquals(world.log, ["open :: 30001"]);
    assertEquals(world.ports.counts, { open: 2, failed: 0 });
    world.ports.close();
  },
);

Deno.test(
  "health-lies: a health-check node port answers each family by its own " +
    "endpoints, and with 503 while it closes",
  NOTHING,
  async () => {
    const world = new World();
    world.plan(WEB, 30_001);
    world.pass();
    const at = ":: 30001";
    assertEquals(await world.ask(at, "::ffff:192.0.2.9"), "200 1");
    assertEquals(await world.ask(at, "192.0.2.9"), "200 1");
    assertEquals(await world.ask(at, "2001:db8::9"), "503 0");
    world.leaving = true;
    assertEquals(await world.ask(at, "192.0.2.9"), "503 1");
    world.leaving = false;
    world.healthy = false;
    assertEquals(await world.ask(at, "192.0.2.9"), "503 1");
    world.healthy = true;
    world.plan(WEB, 0, "gone");
    world.pass();
    assertEquals(await world.ask(at, "192.0.2.9"), "503 0");
  },
);
