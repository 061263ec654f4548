import { assert, assertEquals } from "@std/assert";
import { parse } from "yaml";
import { lacks } from "../support/permission.ts";
import { faultOf, metricTypes } from "./metric_names.ts";

const ALERTS = new URL("../../deploy/prometheus/alerts.yaml", import.meta.url);

Deno.test({
  name: "alerts ask for metrics that exist, and say what is wrong",
  ignore: lacks(
    "the alerts",
    { name: "read", path: "./deploy" },
    { name: "env", variable: "LOG_TOKENS" },
  ),
  async fn() {
    const types = await metricTypes();
    const { groups } = parse(await Deno.readTextFile(ALERTS));
    const names = new Set<string>();
    for (const { alert, expr, labels, annotations } of groups[0].rules) {
      assertEquals(faultOf(expr, types), undefined, alert);
      assert(["info", "warning", "critical"].includes(labels.severity), alert);
      assert(annotations.summary.length > 20, alert);
      names.add(alert);
    }
    assertEquals(names.size, groups[0].rules.length);
  },
});
