import { assertEquals } from "@std/assert";
import { leftToRetries, withShared } from "../../mod/agent/shared.ts";
import { unitOf } from "../../mod/agent/units.ts";
import { newTouched } from "../../mod/diff/mod.ts";
import type { ServiceName } from "../../mod/model/mod.ts";
import type { ServicePlan } from "../../mod/plan/mod.ts";
import { Sample, sampleFrontend } from "../diff/sample.ts";

const permissions = "none";
const NONE = { internal: false, external: false };

function planOf(
  service: string,
  ports: readonly number[],
  servers: Readonly<Record<string, number>> = {},
): ServicePlan {
  const frontends = ports.map((port) => sampleFrontend({ port, servers }));
  const name = service as ServiceName;
  return {
    service: name,
    createdMs: 0,
    frontends,
    rejections: [],
    noLocalEndpoints: NONE,
  };
}

Deno.test({
  name: "withShared() adds what is new in a plan, and no more",
  permissions,
  fn: () => {
    const nothing = newTouched();
    const plan = planOf("a/web", [80, 81]);
    const old = planOf("a/web", [80]);
    const all = withShared(nothing, plan, old);
    assertEquals([...all.addresses] as string[], ["10.96.0.1"]);
    assertEquals([...all.elements.keys()], [
      "KUBE-VS4-ADDRESSES 10.96.0.1",
      "KUBE-VS4-REFUSE 10.96.0.1,tcp:81",
    ]);
    assertEquals(withShared(nothing, plan, plan), nothing);
  },
});

Deno.test({
  name:
    "one-bad-object-stops-all: leftToRetries() leaves what nobody else needs",
  permissions,
  fn: () => {
    const sample = new Sample();
    const bad = planOf("a/bad", [80, 81], { "10.0.0.1": 1 });
    const unit = unitOf("a/bad", sample.desired.set(bad));
    const plans = new Map([[bad.service, bad]]);
    const view = { plans, desired: sample.desired };
    assertEquals(leftToRetries([unit], view), unit.touched);
    // Port 80 is given up, and another Service takes it.
    const less = planOf("a/bad", [81], { "10.0.0.1": 1 });
    const good = planOf("a/good", [80]);
    for (const plan of [less, good]) {
      sample.desired.set(plan);
      plans.set(plan.service, plan);
    }
    const left = leftToRetries([unit], view);
    assertEquals([...left.addresses], []);
    assertEquals([...left.virtualServers] as string[], [
      "-t 10.96.0.1:80",
      "-t 10.96.0.1:81",
    ]);
    assertEquals([...left.elements.keys()], [
      "KUBE-VS4-FRONTENDS 10.96.0.1,tcp:81",
    ]);
    const repair = unitOf("repair 10.96.0.1", unit.touched);
    assertEquals(leftToRetries([repair], view), unit.touched);
  },
});
