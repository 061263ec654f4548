import { assert, assertEquals } from "@std/assert";
import { lacks } from "../support/permission.ts";
import { faultOf, metricTypes, namesIn } from "./metric_names.ts";

const FILES: Deno.PermissionDescriptor = { name: "read", path: "./deploy" };
const WITH_FILES = { ignore: lacks("the dashboard", FILES) };
const DASHBOARD = new URL(
  "../../deploy/grafana/dashboard.json",
  import.meta.url,
);

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: Readonly<Record<"h" | "w" | "x" | "y", number>>;
  readonly targets?: readonly { readonly expr: string }[];
}

Deno.test("namesIn() and faultOf() know a query", async () => {
  const types = await metricTypes();
  assertEquals(
    namesIn(
      'histogram_quantile(0.9, sum by (le, tool) (rate(a_b_bucket{x="y_z"}[5m]))) > c_d',
    ),
    ["a_b_bucket", "c_d"],
  );
  for (
    const [query, fault] of [
      ["kubeproxy_ipvs_none", "no metric kubeproxy_ipvs_none"],
      [
        "rate(kubeproxy_ipvs_services[5m])",
        "kubeproxy_ipvs_services is a gauge, not a counter",
      ],
      [
        "kubeproxy_proxy_healthz_total",
        "kubeproxy_proxy_healthz_total is a counter: rate it",
      ],
      ["kubeproxy_ipvs_services_bucket", "kubeproxy_ipvs_services is a gauge"],
      ["1", "no metric in 1"],
      ["kubeproxy_ipvs_services > 0", undefined],
    ] as const
  ) assertEquals(faultOf(query, types), fault);
});

Deno.test("the dashboard asks for metrics that exist", WITH_FILES, async () => {
  const dashboard = JSON.parse(await Deno.readTextFile(DASHBOARD));
  const panels = dashboard.panels as Panel[];
  const types = await metricTypes();
  let queries = 0;
  for (const { title, type, targets } of panels) {
    assert(type === "row" || targets !== undefined, title);
    for (const { expr } of targets ?? []) {
      assertEquals(faultOf(expr, types), undefined, `${title}: ${expr}`);
      queries++;
    }
  }
  assert(queries > 20);
});

Deno.test(
  "the dashboard has the shape that Grafana reads",
  WITH_FILES,
  async () => {
    const dashboard = JSON.parse(await Deno.readTextFile(DASHBOARD));
    const panels = dashboard.panels as Panel[];
    assertEquals(typeof dashboard.title, "string");
    assert(dashboard.schemaVersion >= 36);
    assertEquals(new Set(panels.map(({ id }) => id)).size, panels.length);
    const taken = new Set<string>();
    for (const { title, gridPos: { x, y, w, h } } of panels) {
      assert(x >= 0 && w > 0 && h > 0 && x + w <= 24, title);
      for (let row = y; row < y + h; row++) {
        for (let column = x; column < x + w; column++) {
          const cell = `${column} ${row}`;
          assert(!taken.has(cell), `${title} lies over another panel`);
          taken.add(cell);
        }
      }
    }
    const used = [...JSON.stringify(panels).matchAll(/\$\{?(\w+)/g)]
      .map(([, name]) => name).filter((name) => !name?.startsWith("__"));
    const known = dashboard.templating.list.map((one: { name: string }) =>
      one.name
    );
    assertEquals(
      [...new Set(used)].filter((name) => !known.includes(name)),
      [],
    );
  },
);
