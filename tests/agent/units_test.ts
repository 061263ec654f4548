import { assertEquals } from "@std/assert";
import {
  cutUnits,
  revivedFirst,
  unitOf,
  unitsOf,
} from "../../mod/agent/units.ts";
import { newTouched } from "../../mod/diff/mod.ts";
import { Sample } from "../diff/sample.ts";

const permissions = "none";

Deno.test({
  name: "unitsOf() tells each thing apart, but not what waits anyway",
  permissions,
  fn: () => {
    const sample = new Sample();
    sample.put("a/web", [{ servers: { "10.0.0.1": 1 } }]);
    const result = sample.diff();
    const ids = unitsOf(result, newTouched()).map(({ id }) => id);
    assertEquals(ids, [
      "repair KUBE-VS4-FRONTENDS 10.96.0.1,tcp:80",
      "repair KUBE-VS4-ADDRESSES 10.96.0.1",
      "repair -t 10.96.0.1:80",
      "repair 10.96.0.1",
    ]);
    const waiting = sample.desired.touchedBy("a/web" as never);
    assertEquals(unitsOf(result, waiting), []);
  },
});

Deno.test({
  name: "cutUnits() makes batches of a fair size, never empty ones",
  permissions,
  fn: () => {
    const sample = new Sample();
    const units = Array.from({ length: 30 }, (_, index) => {
      const touched = newTouched();
      for (let i = 0; i < 1_500; i++) {
        const element = `10.0.${index}.${i}`;
        const entry = { family: "ipv4", set: "refuse", element } as const;
        touched.elements.set(element, entry);
      }
      return unitOf(String(index), touched);
    });
    assertEquals(cutUnits(units, sample.desired).length, 13);
    assertEquals(cutUnits(units.slice(0, 1), sample.desired).length, 1);
  },
});

Deno.test({
  name:
    "revivedFirst() puts what has no usable real server before what shrinks",
  permissions,
  fn: () => {
    const sample = new Sample();
    sample.put("a/shrinks", [{
      address: "10.96.0.1",
      servers: { "10.0.0.1": 1, "10.0.0.2": 1 },
    }]);
    sample.apply(sample.diff());
    sample.put("a/shrinks", [{
      address: "10.96.0.1",
      servers: { "10.0.0.1": 1 },
    }]);
    sample.put("a/revives", [{
      address: "10.96.0.2",
      servers: { "10.0.0.3": 1 },
    }]);
    const { desired, observed } = sample;
    const unit = (name: string, bulk?: "bulk") => ({
      ...unitOf(name, desired.touchedBy(`a/${name}` as never)),
      isBulk: bulk !== undefined,
    });
    const order = (units: readonly ReturnType<typeof unit>[], first = "") =>
      revivedFirst(units, {
        desired,
        observed,
        isFirst: ({ id }) => id === first,
      }).map(({ id }) => id);
    const both = [unit("shrinks"), unit("revives")];
    assertEquals(order(both), ["revives", "shrinks"]);
    assertEquals(order(both, "shrinks"), ["shrinks", "revives"]);
    const bulk = [unit("shrinks"), unit("revives", "bulk")];
    assertEquals(order(bulk), ["shrinks", "revives"]);
  },
});
