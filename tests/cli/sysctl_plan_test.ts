import { assertEquals } from "@std/assert";
import {
  changedSysctls,
  isKernelAtLeast,
  planSysctls,
} from "../../mod/cli/sysctl_plan.ts";
import { settingsOf } from "./support.ts";

const NOTHING = { permissions: "none" } as const;

function valuesOf(
  kernelRelease: string,
  { args = [], hasIpv6 = false }: { args?: string[]; hasIpv6?: boolean } = {},
): Record<string, string> {
  const facts = { kernelRelease, cpus: 4, hasIpv6 };
  return Object.fromEntries(
    planSysctls(settingsOf(...args), facts).map((one) => [one.name, one.value]),
  );
}

for (
  const [release, expected] of [
    ["6.1.0-18-amd64", "1"],
    ["5.9.0", "1"],
    ["5.8.18", "0"],
    ["4.19.0-26", "0"],
    ["4.1.1", "0"],
    ["4.0.9", undefined],
    ["3.10.0-1160.el7", undefined],
    ["unknown", "1"],
  ] as const
) {
  Deno.test(
    `conn-reuse-dead-pod: Linux ${release} gets conn_reuse_mode=${expected}`,
    NOTHING,
    () => {
      assertEquals(
        valuesOf(release)["net.ipv4.vs.conn_reuse_mode"],
        expected,
      );
    },
  );
}

for (const release of ["6.1.0-18-amd64", "4.19.0-26", "3.10.0-1160.el7"]) {
  Deno.test(
    `affinity-dead-pod: on Linux ${release} templates go with their endpoint`,
    NOTHING,
    () => {
      const name = "net.ipv4.vs.expire_quiescent_template";
      assertEquals(valuesOf(release)[name], "1");
    },
  );
}

Deno.test(
  "udp-timeout-mismatch: the timeout of connection tracking is asked for too",
  NOTHING,
  () => {
    const name = "net.netfilter.nf_conntrack_udp_timeout_stream";
    const args = ["--ipvs-udp-timeout=7m"];
    assertEquals(valuesOf("6.1.0", { args })[name], "420");
    assertEquals(
      valuesOf("6.1.0", { args: [...args, "--compat"] })[name],
      undefined,
    );
  },
);

Deno.test("planSysctls() asks for what behaviour 5.2 says", NOTHING, () => {
  const values = valuesOf("6.1.0");
  assertEquals(values["net.ipv4.vs.conntrack"], "1");
  assertEquals(values["net.ipv4.ip_forward"], "1");
  assertEquals(values["net.ipv4.vs.expire_nodest_conn"], "1");
  assertEquals(values["net.ipv4.vs.expire_quiescent_template"], "1");
  assertEquals(values["net.bridge.bridge-nf-call-iptables"], "1");
});

Deno.test(
  "arp-duplicate: ARP is not answered for Services unless told otherwise",
  NOTHING,
  () => {
    assertEquals(valuesOf("6.1.0")["net.ipv4.conf.all.arp_ignore"], "1");
    assertEquals(valuesOf("6.1.0")["net.ipv4.conf.all.arp_announce"], "2");
    const off = valuesOf("6.1.0", { args: ["--ipvs-strict-arp=false"] });
    assertEquals(off["net.ipv4.conf.all.arp_ignore"], undefined);
  },
);

Deno.test(
  "dual-stack-gaps: IPv6 is forwarded where the host has it",
  NOTHING,
  () => {
    const name = "net.ipv6.conf.all.forwarding";
    assertEquals(valuesOf("6.1.0", { hasIpv6: true })[name], "1");
    assertEquals(valuesOf("6.1.0")[name], undefined);
  },
);

Deno.test(
  "planSysctls() sizes connection tracking as kube-proxy does",
  NOTHING,
  () => {
    const name = "net.netfilter.nf_conntrack_max";
    assertEquals(valuesOf("6.1.0")[name], "131072");
    const perCore = (count: number) =>
      valuesOf("6.1.0", { args: [`--conntrack-max-per-core=${count}`] })[name];
    assertEquals(perCore(65_536), "262144");
    assertEquals(perCore(10_000_000), "1048576");
    assertEquals(perCore(0), undefined);
  },
);

Deno.test(
  "planSysctls() sets timeouts in whole seconds, none for zero",
  NOTHING,
  () => {
    const values = valuesOf("6.1.0", {
      args: ["--conntrack-udp-timeout=1500ms", "--conntrack-tcp-be-liberal"],
    });
    const prefix = "net.netfilter.nf_conntrack_";
    assertEquals(values[`${prefix}tcp_timeout_established`], "86400");
    assertEquals(values[`${prefix}tcp_timeout_close_wait`], "3600");
    assertEquals(values[`${prefix}udp_timeout`], "1");
    assertEquals(values[`${prefix}udp_timeout_stream`], "120", "as IPVS");
    assertEquals(values[`${prefix}tcp_be_liberal`], "1");
  },
);

Deno.test(
  "changedSysctls() leaves out what is right, absent, or above a floor",
  NOTHING,
  () => {
    const base = { value: "5", why: "", isEssential: false };
    const wanted = [
      { ...base, name: "right" },
      { ...base, name: "wrong" },
      { ...base, name: "absent" },
      { ...base, name: "above", isFloor: true },
      { ...base, name: "below", isFloor: true },
    ];
    const present = new Map([
      ["right", "5\n"],
      ["wrong", "4"],
      ["above", "9"],
      ["below", "4"],
    ]);
    assertEquals(changedSysctls(wanted, present).map(({ name }) => name), [
      "wrong",
      "below",
    ]);
  },
);

Deno.test("isKernelAtLeast() compares numbers, not text", NOTHING, () => {
  assertEquals(
    ["5.10.1", "5.9", "5.8", "10.0"].map((one) => isKernelAtLeast(one, 5, 9)),
    [true, true, false, true],
  );
});

Deno.test(
  "changedSysctls() lifts the limit on refusals and keeps the other limits",
  NOTHING,
  () => {
    const facts = { kernelRelease: "6.1.0", cpus: 1, hasIpv6: true };
    const four = "net.ipv4.icmp_ratemask";
    const six = "net.ipv6.icmp.ratemask";
    for (
      const [name, present, expected] of [
        [four, "6168", "6160"],
        [four, "6160", undefined],
        [four, "8", "0"],
        [six, "0-1,3-127", "0,3,5-127"],
        [six, "0,3,5-127", undefined],
        [six, "1", ""],
        [six, "0-127", "0,2-3,5-127"],
        [six, "", undefined],
      ] as const
    ) {
      const changed = changedSysctls(
        planSysctls(settingsOf(), facts),
        new Map([[name, present]]),
      );
      assertEquals(changed[0]?.value, expected, `${name} = ${present}`);
    }
    assertEquals(valuesOf("6.1.0", { args: ["--compat"] })[four], undefined);
  },
);
