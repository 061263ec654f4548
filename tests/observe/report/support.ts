/**
 * Reports of a real agent over the fakes, for the tests of this folder.
 *
 * @module
 */
import { ClusterModel } from "../../../mod/model/mod.ts";
import type {
  Decoded,
  EndpointSlice,
  Service,
} from "../../../mod/model/types.ts";
import { History } from "../../../mod/observe/report/history.ts";
import type { ReportInput } from "../../../mod/observe/report/input.ts";
import { TestNode } from "../../agent/harness.ts";

/** A node whose reports can be asked for. */
export interface ReportedNode {
  /** The node. */
  readonly node: TestNode;
  /** What is remembered. */
  readonly history: History;
  /** What the node's model would know. */
  readonly model: ClusterModel;
  /** Everything of this moment. */
  input(changes?: Partial<ReportInput>): ReportInput;
}

/** A node that has started, with no Service. */
export async function reportedNode(): Promise<ReportedNode> {
  const node = new TestNode();
  const history = new History(() => node.clock.nowMs());
  node.observers.push(history.observer());
  const startedMs = node.clock.nowMs();
  await node.boot();
  const model = new ClusterModel({ nodeName: "node-1" });
  return {
    node,
    history,
    model,
    input(changes) {
      for (const service of node.services.values()) {
        model.upsertService(service.name, object<Service>(service));
      }
      for (const slice of node.slices.values()) {
        model.upsertSlice(slice.name, object<EndpointSlice>(slice));
      }
      const inspection = node.agent.inspect();
      return {
        version: "1.2.3",
        nodeName: "node-1",
        nowMs: node.clock.nowMs(),
        startedMs,
        timeoutMs: 60_000,
        families: new Set(["ipv4"]),
        snapshot: node.agent.snapshot(),
        ...(inspection && { inspection }),
        plans: node.agent.plans,
        model,
        history,
        ...changes,
      };
    },
  };
}

function object<Value>(value: Value): Decoded<Value> {
  return { kind: "object", value, rejections: [] };
}
