import type { AgentSnapshot, SetSize } from "#agent";
import type { IpFamily } from "#model";
import type { RuleTable } from "#plan";
import { FAMILY_LABELS } from "./health.ts";
import type { MetricRegistry } from "./metric_registry.ts";

/** What has limits. */
export interface LimitSources {
  /** Our sets. */
  sets(): readonly SetSize[];
  /** Our rules, by family. */
  rules(): ReadonlyMap<IpFamily, readonly RuleTable[]>;
  /** Health-check node ports that are open, and that cannot be opened. */
  healthCheckPorts(): { readonly open: number; readonly failed: number };
  /** State of the agent. */
  snapshot(): Pick<AgentSnapshot, "failingTables" | "isStateBehind">;
}

const SET = ["ip_family", "set"] as const;

/** Registers sizes of sets and rules, and what cannot be done at present. */
export function registerLimits(
  registry: MetricRegistry,
  sources: LimitSources,
): void {
  registry.state({
    name: "ipvs_set_elements",
    help: "Elements that a set is to hold",
    labelNames: SET,
  }, () =>
    sources.sets().map(({ family, set, elements }) => [
      { ip_family: FAMILY_LABELS[family], set },
      elements,
    ]));
  registry.state(
    {
      name: "ipvs_set_max_elements",
      help: "Elements that a set can hold now; it is made larger when needed",
      labelNames: SET,
    },
    () =>
      sources.sets().flatMap(({ family, set, maxElements }) =>
        maxElements === undefined
          ? []
          : [[{ ip_family: FAMILY_LABELS[family], set }, maxElements] as const]
      ),
  );
  registry.state(
    {
      name: "ipvs_rules",
      help: "Rules of ours; their number does not grow with Services",
      labelNames: ["ip_family", "table"],
    },
    () =>
      [...sources.rules()].flatMap(([family, tables]) =>
        rulesOf(family, tables)
      ),
  );
  registry.state({
    name: "ipvs_health_check_node_ports",
    help: "Health-check node ports of Services",
    labelNames: ["state"],
  }, () => {
    const { open, failed } = sources.healthCheckPorts();
    return [[{ state: "open" }, open], [{ state: "failed" }, failed]];
  });
  registerFailing(registry, sources);
}

function rulesOf(
  family: IpFamily,
  tables: readonly RuleTable[],
): readonly (readonly [
  labels: Record<"ip_family" | "table", string>,
  value: number,
])[] {
  return tables.map(({ table, chains, jumps }) => {
    const own = chains.reduce((sum, { rules }) => sum + rules.length, 0);
    return [
      { ip_family: FAMILY_LABELS[family], table },
      own + jumps.length,
    ] as const;
  });
}

function registerFailing(
  registry: MetricRegistry,
  sources: LimitSources,
): void {
  registry.state(
    {
      name: "ipvs_table_failing_since_timestamp_seconds",
      help:
        "Since when a table takes no change, not even what is there already",
      labelNames: ["table"],
    },
    () =>
      [...sources.snapshot().failingTables].map(([table, sinceMs]) =>
        [{ table }, sinceMs / 1_000] as const
      ),
  );
  registry.state({
    name: "ipvs_state_file_behind",
    help: "Whether the record of what is ours could not be written",
  }, () => [[{}, sources.snapshot().isStateBehind ? 1 : 0]]);
}
