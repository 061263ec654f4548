import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { parseConfigFile, readConfig } from "../../mod/cli/config_file.ts";
import { UsageError } from "../../mod/cli/exit_code.ts";
import { describeMode } from "../../mod/cli/flags.ts";
import { lacks } from "../support/permission.ts";

const NOTHING = { permissions: "none" } as const;
const HEAD = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\n" +
  "kind: KubeProxyConfiguration\n";

/** What kubeadm writes, from a real cluster. */
const KUBEADM = `${HEAD}bindAddress: 0.0.0.0
bindAddressHardFail: false
clientConnection:
  acceptContentTypes: ""
  burst: 0
  contentType: ""
  kubeconfig: /var/lib/kube-proxy/kubeconfig.conf
  qps: 0
clusterCIDR: 10.244.0.0/16
configSyncPeriod: 0s
conntrack:
  maxPerCore: null
  min: null
  tcpBeLiberal: false
  tcpCloseWaitTimeout: null
  tcpEstablishedTimeout: null
  udpStreamTimeout: 0s
  udpTimeout: 0s
detectLocal:
  bridgeInterface: ""
  interfaceNamePrefix: ""
detectLocalMode: ""
enableProfiling: false
healthzBindAddress: ""
hostnameOverride: ""
iptables:
  localhostNodePorts: null
  masqueradeAll: false
  masqueradeBit: null
  minSyncPeriod: 0s
  syncPeriod: 0s
ipvs:
  excludeCIDRs: null
  minSyncPeriod: 0s
  scheduler: ""
  strictARP: false
  syncPeriod: 0s
  tcpFinTimeout: 0s
  tcpTimeout: 0s
  udpTimeout: 0s
logging:
  flushFrequency: 0
  options:
    json:
      infoBufferSize: "0"
    text:
      infoBufferSize: "0"
  verbosity: 0
metricsBindAddress: ""
mode: ipvs
nftables:
  masqueradeAll: false
  masqueradeBit: null
  minSyncPeriod: 0s
  syncPeriod: 0s
nodePortAddresses: null
oomScoreAdj: null
portRange: ""
showHiddenMetricsForVersion: ""
winkernel:
  enableDSR: false
  forwardHealthCheckVip: false
  networkName: ""
  rootHnsEndpointName: ""
  sourceVip: ""
`;

/** What the YAML library looks for. */
const YAML: readonly Deno.PermissionDescriptor[] = [
  { name: "env", variable: "LOG_TOKENS" },
  { name: "env", variable: "LOG_STREAM" },
];
const WITH_YAML = { ignore: lacks("parseConfigFile()", ...YAML) };
const ROOT = {
  apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
  kind: "KubeProxyConfiguration",
};

function linesOf(config: unknown): readonly string[] {
  return assertThrows(() => readConfig(config, "F"), UsageError).lines;
}

Deno.test(
  "parseConfigFile() takes kubeadm's file as it is, without a warning",
  WITH_YAML,
  () => {
    const { fields, warnings } = parseConfigFile(KUBEADM, "F");
    assertEquals(warnings, []);
    const path = "/var/lib/kube-proxy/kubeconfig.conf";
    assertEquals(fields.get("clientConnection.kubeconfig"), path);
    assertEquals(fields.get("clusterCIDR"), "10.244.0.0/16");
    const unset = ["healthzBindAddress", "nodePortAddresses", "oomScoreAdj"];
    assertEquals(unset.filter((field) => fields.has(field)), []);
  },
);

Deno.test("parseConfigFile() reads JSON too", WITH_YAML, () => {
  const text = JSON.stringify({ ...ROOT, ipvs: { scheduler: "lc" } });
  assertEquals(Object.fromEntries(parseConfigFile(text, "F").fields), {
    "ipvs.scheduler": "lc",
  });
});

Deno.test("parseConfigFile() says where a text is no YAML", WITH_YAML, () => {
  const { lines } = assertThrows(
    () => parseConfigFile("a: [\n", "F"),
    UsageError,
  );
  assertMatch(lines.join("\n"), /^Cannot read F: .* at line 2, column 1/);
});

Deno.test(
  "parseConfigFile() lets the last of doubled keys count, as kube-proxy does",
  WITH_YAML,
  () => {
    const text = `${HEAD}ipvs:\n  scheduler: rr\n  scheduler: sh\n`;
    const { fields } = parseConfigFile(text, "F");
    assertEquals(fields.get("ipvs.scheduler"), "sh");
  },
);

Deno.test(
  "readConfig() names every wrong value with what is allowed",
  NOTHING,
  () => {
    const config = {
      ...ROOT,
      iptables: { masqueradeBit: 40 },
      ipvs: { scheduler: "round", syncPeriod: 30, excludeCIDRs: ["10.0.0.0"] },
      conntrack: 5,
    };
    assertEquals(linesOf(config), [
      "F: iptables.masqueradeBit: Cannot use 40: " +
      "allowed is a whole number from 0 to 31",
      "F: ipvs.syncPeriod: Cannot use 30: allowed is " +
      'a duration of zero or more, such as "30s" or "1h0m0s"',
      'F: ipvs.scheduler: Cannot use "round": allowed is one of rr, wrr, lc, ' +
      'wlc, fo, ovf, lblc, lblcr, sh, dh, mh, sed, nq, ""',
      'F: ipvs.excludeCIDRs: Cannot use ["10.0.0.0"]: ' +
      "allowed is a list of CIDRs such as 10.0.0.0/8",
      "F: conntrack: Cannot use 5: allowed is a section",
    ]);
  },
);

Deno.test(
  "readConfig() warns by name of what is unknown or has no effect",
  NOTHING,
  () => {
    const config = {
      ...ROOT,
      ipvs: { shedular: "rr" },
      portRange: "1-2",
      fancy: 1,
      featureGates: {},
      oomScoreAdj: -999,
    };
    assertEquals(readConfig(config, "F").warnings, [
      "ipvs.shedular is no known field; did you mean ipvs.scheduler?",
      "portRange has no effect here: kube-proxy does not use it either",
      "fancy is no known field",
    ]);
  },
);

Deno.test("readConfig() refuses other kinds and other modes", NOTHING, () => {
  assertEquals(linesOf({ kind: "KubeletConfiguration" }), [
    "F: apiVersion: Cannot use undefined: " +
    'allowed is "kubeproxy.config.k8s.io/v1alpha1"',
    'F: kind: Cannot use "KubeletConfiguration": ' +
    'allowed is "KubeProxyConfiguration"',
  ]);
  assertEquals(linesOf({ ...ROOT, mode: "iptables" }), [
    `F: mode: ${describeMode("iptables")}`,
  ]);
  assertEquals(linesOf(["a"]), [
    "Cannot read F: it is no KubeProxyConfiguration",
  ]);
});
