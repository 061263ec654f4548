/**
 * A node in memory whose page can be looked at: the real agent over the fake
 * host, thousands of Services, drains, conflicts, hostile names.
 *
 * @module
 */
import { createHost } from "../../mod/apply/mod.ts";
import { openSite } from "../../mod/cli/site.ts";
import type { Handle } from "../../mod/observe/http_connection.ts";
import { History, type ReportInput } from "../../mod/observe/mod.ts";
import type { IpAddress } from "../../mod/model/mod.ts";
import { TestNode } from "../agent/harness.ts";
import { settingsOf } from "../cli/support.ts";

/** A node and its page. */
export interface PageWorld {
  /** The node; its clock stands until it is advanced. */
  readonly node: TestNode;
  /** Answers of the metrics server. */
  readonly handle: Handle;
  /** Sets the connections of a real server. */
  connect(virtualServer: string, realServer: string, active: number): void;
}

/** Connections of the busiest Service. */
const MOST = 12;
const REFUSED = "10.97.0.9";
const HOSTILE = "<img src=x onerror=\"document.title='hacked'\"><b>";

/** Makes a node with so many Services. */
export async function makePageWorld(services: number): Promise<PageWorld> {
  const node = new TestNode({ families: ["ipv4"] });
  const history = new History(() => node.clock.nowMs());
  node.observers.push(history.observer());
  await node.boot();
  addNode(node);
  for (let at = 0; at < services; at++) addService(node, at);
  addTrouble(node);
  await node.advance(60_000);
  const connect: PageWorld["connect"] = (key, real, active) =>
    node.host.ipvs.setConnections(key, real, { active, inactive: 0 });
  for (let at = 4; at < Math.min(services, 250); at += 6) {
    const key = `-t 10.96.0.${at}:${80 + at % 3}`;
    if (at % 17 > 0) connect(key, `10.32.${at}.1:8080`, 1 + at % 7);
  }
  connect("-t 10.96.0.6:80", "10.32.6.1:8080", MOST);
  await node.advance(31_000);
  const host = createHost(node.host, "legacy");
  const handle = openSite({
    settings: () => settingsOf(),
    metrics: { text: () => Promise.resolve({ text: "", type: "text/plain" }) },
    input: () => inputOf(node, history),
    host,
  });
  return { node, handle, connect };
}

function addNode(node: TestNode): void {
  node.agent.handle({
    source: "Node",
    event: {
      kind: "upsert",
      key: "node-1",
      object: {
        kind: "object",
        value: {
          name: "node-1",
          addresses: ["192.168.1.1" as IpAddress],
          podCidrs: [],
          eligible: true,
        },
        rejections: [],
      },
    },
  });
}

/** What an operator has to look at. */
function addTrouble(node: TestNode): void {
  node.put("zz-newer", { ip: "10.96.0.1", port: 81, createdMs: 5 });
  node.put("zz-refused-by-kernel", { ip: REFUSED });
  node.host.faults.add({
    when: ({ stdin }) => stdin.includes(REFUSED),
    times: Infinity,
    effect: { kind: "exit", code: 1, stderr: "Memory allocation problem" },
  });
  const object = `Service default/zz-${HOSTILE.replaceAll(" ", "_")}`;
  node.agent.handle({
    source: "Service",
    event: {
      kind: "upsert",
      key: object.slice("Service ".length),
      object: {
        kind: "malformed",
        rejections: [{
          object,
          field: "spec.ports[0].protocol",
          reason: `Cannot balance protocol "${HOSTILE}"`,
        }],
      },
    },
  });
}

function addService(node: TestNode, at: number): void {
  const name = `${WORDS[at % WORDS.length]}-${String(at).padStart(4, "0")}`;
  const ip = `10.96.${at >> 8}.${at & 255}`;
  node.put(name, { ip, port: 80 + at % 3 });
  const count = at % 17 === 0 ? 0 : 1 + at % 4;
  node.endpoints(
    name,
    Array.from(
      { length: count },
      (_, pod) => `10.${32 + (at >> 8)}.${at & 255}.${pod + 1}`,
    ),
  );
}

const WORDS = ["checkout", "search", "billing", "ingest", "api", "session"];

function inputOf(node: TestNode, history: History): ReportInput {
  const { agent, clock } = node;
  const inspection = agent.inspect();
  return {
    version: "0.1.0",
    nodeName: "worker-17",
    nowMs: clock.nowMs(),
    startedMs: clock.nowMs() - 7_200_000,
    timeoutMs: 60_000,
    families: new Set(["ipv4"]),
    snapshot: agent.snapshot(),
    ...(inspection === undefined ? {} : { inspection }),
    plans: agent.plans,
    model: node.model,
    history,
  };
}
