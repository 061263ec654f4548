/**
 * Prometheus' own tool reads the alerts, and what they say of given series.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { ensurePackages } from "../lab/packages.ts";

const PROMTOOL = "/usr/bin/promtool";
const ALERTS = new URL("../../deploy/prometheus/alerts.yaml", import.meta.url);

async function promtool(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(PROMTOOL, { args })
    .output();
  const text = new TextDecoder().decode(stdout) +
    new TextDecoder().decode(stderr);
  assertEquals(code, 0, text);
  return text;
}

/** Series and the alerts that they raise after ten minutes. */
const STORY = `rule_files: [${ALERTS.pathname}]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - series: kubeproxy_ipvs_last_agreed_timestamp_seconds{instance="a"}
        values: 0+60x10
      - series: kubeproxy_ipvs_last_agreed_timestamp_seconds{instance="b"}
        values: 0x10
      - series: kubeproxy_ipvs_failing_services{instance="a"}
        values: 2x10
      - series: kubeproxy_ipvs_watch_in_step{instance="a",kind="Service"}
        values: 1 0x9
      - series: kubeproxy_ipvs_health_check_node_ports{instance="a",state="failed"}
        values: 0x10
    alert_rule_test:
      - eval_time: 10m
        alertname: KubeProxyKernelNotAsWanted
        exp_alerts:
          - exp_labels: { severity: critical, instance: b }
            exp_annotations:
              summary: The kernel of b was last as the cluster says 10m 0s ago.
              description: /healthz answers 503. The log and /statusz say what cannot be read or written.
      - eval_time: 10m
        alertname: KubeProxyServicesFailing
        exp_alerts:
          - exp_labels: { severity: warning, instance: a }
            exp_annotations:
              summary: 2 Services cannot be programmed on a.
              description: An Event on each Service says why. They are tried again at least once a minute.
      - eval_time: 10m
        alertname: KubeProxyWatchCut
        exp_alerts:
          - exp_labels: { severity: warning, instance: a, kind: Service }
            exp_annotations:
              summary: a cannot follow Service objects.
              description: The last state stands. The API server, or the way to it, is away.
      - eval_time: 10m
        alertname: KubeProxyHealthCheckPortClosed
        exp_alerts: []
`;

Deno.test("promtool reads the alerts, and they are raised as they should be", async (t) => {
  await ensurePackages(() => {}, [{ name: "prometheus", files: [PROMTOOL] }]);
  await t.step("check rules", async () => {
    await promtool("check", "rules", ALERTS.pathname);
  });
  await t.step("test rules", async () => {
    const path = await Deno.makeTempFile({ suffix: ".yaml" });
    try {
      await Deno.writeTextFile(path, STORY);
      await promtool("test", "rules", path);
    } finally {
      await Deno.remove(path);
    }
  });
});
