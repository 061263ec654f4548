import { assertEquals } from "@std/assert";
import type { Dirty } from "#model";
import type { ServicePlan } from "#plan";
import type { Case, Change, Expectation } from "./case_types.ts";
import { type Form, join, textToIpv6, toIpv6Form } from "./forms.ts";
import { formatElement, formatPlans, parseLines } from "./save_format.ts";
import { World } from "./world.ts";

/** Forms in which a case is run. */
export function formsOf(item: Case): readonly Form[] {
  return item.forms ?? ["ipv4", "ipv6", "dual"];
}

/** Runs one case in one form; throws where the outcome differs. */
export function checkCase(item: Case, form: Form): void {
  const world = new World(item.given ?? {}, form);
  const steps = item.steps ?? [{ ...item, expect: item.expect ?? {} }];
  for (const [index, step] of steps.entries()) {
    const dirty = world.play(step as Change);
    const expected = expectIn(step.expect, form);
    compare(world, { dirty, expected, step: index + 1 });
  }
}

function expectIn(expect: Expectation, form: Form): Expectation {
  if (form === "ipv4") return expect;
  const ipv6: Expectation = toIpv6Form(expect);
  if (form === "ipv6") return ipv6;
  const ipvs = expect.ipvs === undefined
    ? {}
    : { ipvs: `${expect.ipvs}\n${textToIpv6(expect.ipvs)}` };
  return { ...join(expect, ipv6) as Expectation, ...ipvs };
}

function compare(
  world: World,
  { dirty, expected, step }: {
    readonly dirty: Dirty;
    readonly expected: Expectation;
    readonly step: number;
  },
): void {
  const plans = world.plans();
  const seen: Record<keyof Expectation, unknown> = {
    ipvs: formatPlans(plans),
    addresses: boundAddresses(plans),
    sets: elementsOf(plans, expected.sets ?? {}),
    answers: answersOf(plans),
    health: plans.flatMap(({ healthCheck: check }) =>
      check === undefined ? [] : [`${check.port} ${check.localEndpoints}`]
    ),
    noLocal: noLocalOf(plans),
    rejected: world.rejectedFields(plans).toSorted(),
    dirty: dirty === "all" ? "all" : [...dirty].sort(),
    nodePortAddresses: [...world.nodePortAddresses()].sort(),
  };
  for (const [name, value] of Object.entries(expected)) {
    const wanted = name === "ipvs"
      ? parseLines(String(value))
      : name === "sets"
      ? sortedLists(value)
      : Array.isArray(value)
      ? [...value].sort()
      : value;
    const actual = seen[name as keyof Expectation];
    assertEquals(actual, wanted, `step ${step}, ${name}`);
  }
}

function sortedLists(sets: Record<string, readonly string[]>): unknown {
  return Object.fromEntries(
    Object.entries(sets).map(([kind, list]) => [kind, [...list].sort()]),
  );
}

function boundAddresses(plans: readonly ServicePlan[]): readonly string[] {
  const bound = plans.flatMap((plan) => plan.frontends)
    .filter((frontend) => frontend.bind)
    .map((frontend): string => frontend.address);
  return [...new Set(bound)].sort();
}

function elementsOf(
  plans: readonly ServicePlan[],
  kinds: Readonly<Record<string, unknown>>,
): Readonly<Record<string, readonly string[]>> {
  const entries = plans.flatMap((plan) => plan.frontends)
    .flatMap((frontend) => frontend.setEntries);
  return Object.fromEntries(
    Object.keys(kinds).map((kind) => {
      const elements = entries.filter((entry) => entry.set === kind);
      return [kind, [...new Set(elements.map(formatElement))].sort()];
    }),
  );
}

function answersOf(
  plans: readonly ServicePlan[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    plans.flatMap((plan) => plan.frontends)
      .map(({ key, inside, outside }) => [key, `${inside} ${outside}`]),
  );
}

function noLocalOf(plans: readonly ServicePlan[]): readonly string[] {
  return (["external", "internal"] as const).filter((policy) =>
    plans.some((plan) => plan.noLocalEndpoints[policy])
  );
}
