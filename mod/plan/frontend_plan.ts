import {
  type Cidr,
  cidrContains,
  type FrontendKind,
  type IpFamily,
  type Service,
} from "#model";
import { frontendElement, sourceRangeElement } from "./elements.ts";
import type { Frontend } from "./frontends.ts";
import { markKey, virtualServerKey } from "./keys.ts";
import type { Reject, Scheduling } from "./scheduling.ts";
import type {
  Answer,
  FrontendPlan,
  PlanContext,
  RealServer,
  RealServerKey,
  SetEntry,
  SetKind,
  VirtualServer,
  VirtualServerKey,
} from "./types.ts";

/** Real servers of one port of a Service in one family. */
export interface PortPlan {
  /** Endpoints anywhere. */
  readonly cluster: ReadonlyMap<RealServerKey, RealServer>;
  /** Endpoints of this node. */
  readonly local: ReadonlyMap<RealServerKey, RealServer>;
  /** Whether any endpoint of the cluster could answer. */
  readonly hasAny: boolean;
  /** Whether the port is reached from outside the cluster. */
  readonly isOutside: boolean;
}

/** What all frontends of a Service share in one family. */
export interface FrontendOptions {
  /** The Service. */
  readonly service: Service;
  /** Family of the frontends. */
  readonly family: IpFamily;
  /** Node and configuration. */
  readonly context: PlanContext;
  /** Notes what cannot be planned. */
  readonly reject: Reject;
  /** Of virtual servers by address. */
  readonly scheduling: Scheduling;
  /** Of virtual servers by firewall mark. */
  readonly markScheduling: Scheduling;
  /** Who may use load-balancer frontends. */
  readonly sourceRanges: readonly Cidr[] | "everybody";
}

/** Real servers by address and by mark, and the two answers. */
interface Answers {
  readonly inside: Answer;
  readonly outside: Answer;
  readonly plain: ReadonlyMap<RealServerKey, RealServer>;
  /** Absent: one virtual server is for everybody. */
  readonly marked?: ReadonlyMap<RealServerKey, RealServer>;
}

/** Plans one frontend: design decisions 8 and 13. */
export function planFrontend(
  frontend: Frontend,
  port: PortPlan,
  options: FrontendOptions,
): FrontendPlan {
  const wanted = selectAnswers(frontend, port, options.service);
  const mark = takeMark(frontend, wanted, options);
  // Without a mark everybody has what outside clients have.
  const answers = wanted.marked !== undefined && mark === undefined
    ? { ...wanted, inside: wanted.outside }
    : wanted;
  const { key, kind, address, servicePort, bind } = frontend;
  return {
    key,
    kind,
    address,
    protocol: servicePort.protocol,
    port: frontend.port,
    portName: servicePort.name,
    inside: answers.inside,
    outside: answers.outside,
    virtualServers: planVirtualServers(frontend, answers, { ...options, mark }),
    setEntries: planSetEntries(frontend, answers, { ...options, mark }),
    bind,
  };
}

function takeMark(
  { key }: Frontend,
  { marked, inside }: Answers,
  { context, reject }: FrontendOptions,
): number | undefined {
  if (marked === undefined || inside !== "serve") return undefined;
  try {
    return context.markOf(key);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    reject("spec.externalTrafficPolicy", error.message);
    return undefined;
  }
}

function selectAnswers(
  { kind }: Frontend,
  { cluster, local, hasAny }: PortPlan,
  service: Service,
): Answers {
  const none: Answer = hasAny ? "drop" : "refuse";
  if (kind === "cluster-ip") {
    const isLocal = service.internalTrafficPolicy === "local";
    const plain = isLocal ? local : cluster;
    const answer = plain.size > 0 ? "serve" : none;
    return { inside: answer, outside: answer, plain };
  }
  const inside = cluster.size > 0 ? "serve" : none;
  if (service.externalTrafficPolicy === "cluster") {
    return { inside, outside: inside, plain: cluster };
  }
  const outside = local.size > 0 ? "serve" : none;
  return { inside, outside, plain: local, marked: cluster };
}

function planVirtualServers(
  { servicePort, address, port }: Frontend,
  { plain, marked }: Answers,
  { family, scheduling, markScheduling, mark }: FrontendOptions & {
    readonly mark: number | undefined;
  },
): readonly VirtualServer[] {
  const servers: VirtualServer[] = [];
  if (plain.size > 0) {
    const key = virtualServerKey(servicePort.protocol, address, port);
    servers.push(toVirtualServer(key, plain, scheduling));
  }
  if (mark !== undefined && marked !== undefined) {
    servers.push(
      toVirtualServer(markKey(mark, family), marked, markScheduling),
    );
  }
  return servers.slice();
}

function toVirtualServer(
  key: VirtualServerKey,
  realServers: ReadonlyMap<RealServerKey, RealServer>,
  scheduling: Scheduling,
): VirtualServer {
  return { key, ...scheduling, realServers };
}

function planSetEntries(
  frontend: Frontend,
  answers: Answers,
  { service, family, context, sourceRanges, mark }: FrontendOptions & {
    readonly mark: number | undefined;
  },
): readonly SetEntry[] {
  const { kind, address, port, servicePort } = frontend;
  const element = frontendElement(servicePort.protocol, address, port);
  const entries: SetEntry[] = [];
  const add = (set: SetKind, text: string = element): void => {
    entries.push({ family, set, element: text });
  };
  if (frontend.isOurs) add("addresses", address);
  if (answers.inside === "serve") add("frontends");
  if (answers.inside === "refuse") add("refuse");
  if (answers.inside === "drop") add("drop");
  if (answers.inside === "serve" && kind === "cluster-ip") add("cluster-ips");
  if (answers.inside === "serve" && kind !== "cluster-ip") {
    if (answers.marked === undefined) add("external");
    if (answers.outside === "drop") add("drop-outside");
  }
  if (mark !== undefined) entries.push({ family, set: "mark", element, mark });
  if (isRestricted(kind, service) && sourceRanges !== "everybody") {
    add("restricted");
    sourceRanges.forEach((range) =>
      add("source-ranges", sourceRangeElement(element, range))
    );
    // The node's own connections have the frontend's address as their source.
    const isOpenToNode = context.nodeAddresses.some((own) =>
      sourceRanges.some((range) => cidrContains(range, own))
    );
    if (isOpenToNode) add("source-ranges", `${element},${address}`);
  }
  // A copy is as long as it must be; what grew has room for more.
  return entries.slice();
}

/** Whether source ranges limit a kind of frontend. */
function isRestricted(kind: FrontendKind, { wishes }: Service): boolean {
  return kind === "load-balancer" ||
    (kind === "node-port" && wishes.restrictsNodePorts === true);
}
