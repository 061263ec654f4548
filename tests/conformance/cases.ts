import a from "./cases/a_services.yaml" with { type: "text" };
import b from "./cases/b_virtual_servers.yaml" with { type: "text" };
import c from "./cases/c_endpoints.yaml" with { type: "text" };
import d from "./cases/d_slices.yaml" with { type: "text" };
import e from "./cases/e_policy_local.yaml" with { type: "text" };
import f from "./cases/f_sets.yaml" with { type: "text" };
import g from "./cases/g_addresses.yaml" with { type: "text" };
import h from "./cases/h_wishes.yaml" with { type: "text" };
import i from "./cases/i_robustness.yaml" with { type: "text" };
import table from "./cases/policy_table.yaml" with { type: "text" };
import uncovered from "./cases/uncovered.yaml" with { type: "text" };
import type { Case } from "./case_types.ts";
import { type PolicyTable, rowsToCases } from "./policy_table.ts";
import { parseYaml } from "./yaml.ts";

/** All cases, in the order of their files. */
export const CASES: readonly Case[] = [
  ...[a, b, c, d, e, f, g, h, i].flatMap((text) =>
    (parseYaml(text) as { readonly cases: readonly Case[] }).cases
  ),
  ...rowsToCases(parseYaml(table) as PolicyTable),
];

/** Numbers of behaviour section 13 that no case covers, with the reason. */
export const UNCOVERED = parseYaml(uncovered) as readonly {
  readonly numbers: readonly number[];
  readonly why: string;
}[];
