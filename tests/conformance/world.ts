import {
  type Cidr,
  ClusterModel,
  decodeEndpointSlice,
  decodeNode,
  decodeService,
  type Dirty,
  type IpAddress,
  type Scheduler,
} from "#model";
import {
  type FrontendKey,
  type PlanContext,
  planService,
  selectNodePortAddresses,
  type ServicePlan,
} from "#plan";
import type { Change, Setting } from "./case_types.ts";
import { type Form, join, toIpv6Form } from "./forms.ts";
import { type ApiObject, toObjects } from "./objects.ts";

const HOST = { lo: ["127.0.0.1"], eth0: ["192.0.2.1"] };
const PROTOCOL_DIGITS: Readonly<Record<string, number>> = {
  tcp: 1,
  udp: 2,
  sctp: 3,
};

/**
 * Mark of a frontend in these tests: a digit for the protocol, the last
 * octet of the address, the port: tcp/203.0.113.9:80 is 1 009 00080.
 */
export function markOf(key: FrontendKey): number {
  const [protocol = "", socket = ""] = key.split("/");
  const [, last = "", port = ""] = /([^.:[\]]+)\]?:(\d+)$/.exec(socket) ?? [];
  const octet = socket.startsWith("[")
    ? Number.parseInt(last, 16) % 256
    : Number(last);
  return (PROTOCOL_DIGITS[protocol] ?? 0) * 1e8 + octet * 1e5 + Number(port);
}

function inForm<Value>(value: Value, form: Form): Value {
  if (form === "ipv4") return value;
  const ipv6 = toIpv6Form(value);
  return form === "ipv6" ? ipv6 : join(value, ipv6) as Value;
}

/** A model, a node and a configuration on which steps are played. */
export class World {
  readonly #model: ClusterModel;
  readonly #setting: Setting;
  readonly #form: Form;

  constructor(given: Setting, form: Form) {
    this.#form = form;
    this.#setting = inForm({ host: HOST, ...given }, form);
    this.#model = new ClusterModel({ nodeName: given.nodeName ?? "n1" });
    this.play({ node: {} });
    for (const [name, list] of Object.entries(this.#setting.otherNodes ?? {})) {
      const addresses = list.map((address) => ({
        type: "InternalIP",
        address,
      }));
      const node = { metadata: { name }, status: { addresses } };
      this.#model.upsertNode(name, decodeNode(node));
    }
  }

  /** Plays one step; gives the Services that it made dirty. */
  play(change: Change): Dirty {
    const objects = toObjects(change, this.#form);
    const dirty: Dirty[] = [];
    for (const key of change.delete ?? []) dirty.push(...this.#delete(key));
    for (const object of objects.services) {
      dirty.push(
        this.#model.upsertService(keyOf(object), decodeService(object)),
      );
    }
    for (const object of objects.slices) {
      dirty.push(
        this.#model.upsertSlice(keyOf(object), decodeEndpointSlice(object)),
      );
    }
    if (objects.node !== undefined) {
      const key = keyOf(objects.node);
      dirty.push(this.#model.upsertNode(key, decodeNode(objects.node)));
    }
    if (dirty.includes("all")) return "all";
    return [...new Set(dirty.flat())] as Dirty;
  }

  #delete(kindAndKey: string): readonly Dirty[] {
    const [kind, key = ""] = kindAndKey.split(" ");
    if (kind === "Service") return [this.#model.deleteService(key)];
    const keys = this.#form === "dual" ? [key, `${key}-v6`] : [key];
    return keys.map((name) => this.#model.deleteSlice(name));
  }

  /** Plans of all Services. */
  plans(): readonly ServicePlan[] {
    return [...this.#model.serviceNames()].flatMap((name) => {
      const service = this.#model.service(name);
      return service === undefined
        ? []
        : [planService(service, this.#model.slices(name), this.context())];
    });
  }

  /** Fields that were rejected, by decoding and by planning. */
  rejectedFields(plans: readonly ServicePlan[]): readonly string[] {
    const decoded = [...this.#model.rejections().values()].flat();
    const planned = plans.flatMap((plan) => plan.rejections);
    return [...new Set([...decoded, ...planned].map(({ field }) => field))];
  }

  /** Addresses that serve node ports. */
  nodePortAddresses(): readonly IpAddress[] {
    const host = this.#setting.host ?? {};
    return selectNodePortAddresses(
      (this.#setting.nodePortAddresses ?? []) as readonly Cidr[],
      new Map(
        Object.entries(host).map((
          [device, list],
        ) => [device, new Set(list as IpAddress[])]),
      ),
      { node: this.#model.node(), device: "kube-ipvs0" },
    );
  }

  /** Node and configuration for planning. */
  context(): PlanContext {
    const { host = {}, available } = this.#setting;
    const others = Object.entries(host)
      .filter(([device]) => device !== "kube-ipvs0");
    const zone = this.#model.node()?.zone;
    return {
      nodeName: this.#setting.nodeName ?? "n1",
      ...(zone === undefined ? {} : { zone }),
      nodePortAddresses: this.nodePortAddresses(),
      nodeAddresses: this.#model.node()?.addresses ?? [],
      hostAddresses: new Set(others.flatMap(([, l]) => l as IpAddress[])),
      foreignAddresses: new Map(
        [...this.#model.otherNodeAddresses()].map((
          [address, name],
        ) => [address, `node ${name}`]),
      ),
      families: new Set(["ipv4", "ipv6"]),
      scheduler: (this.#setting.scheduler ?? "rr") as Scheduler,
      ...(available === undefined
        ? {}
        : { availableSchedulers: new Set(available as Scheduler[]) }),
      externalIps: this.#setting.externalIps ?? true,
      markOf,
    };
  }
}

function keyOf(object: ApiObject): string {
  const { namespace, name } = object.metadata as Record<string, string>;
  return namespace === undefined ? `${name}` : `${namespace}/${name}`;
}
