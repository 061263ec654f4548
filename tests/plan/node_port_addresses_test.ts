import { assertEquals } from "@std/assert";
import type { Cidr, ClusterNode, IpAddress } from "#model";
import { type NodePortAddresses, selectNodePortAddresses } from "#plan";

const none = { permissions: "none" } as const;
const HOST: Readonly<Record<string, readonly string[]>> = {
  lo: ["127.0.0.1", "::1"],
  eth0: ["192.0.2.1", "2001:db8::1", "fe80::1"],
  docker0: ["172.17.0.1"],
  "kube-ipvs0": ["10.96.0.1"],
};

function select(
  config: readonly string[],
  addresses: readonly string[] | undefined,
): readonly string[] {
  const node = addresses === undefined
    ? undefined
    : { name: "n1", addresses, podCidrs: [], eligible: true };
  return selectNodePortAddresses(
    config as readonly Cidr[] as NodePortAddresses,
    new Map(
      Object.entries(HOST).map((
        [d, list],
      ) => [d, new Set(list as IpAddress[])]),
    ),
    { node: node as ClusterNode | undefined, device: "kube-ipvs0" },
  );
}

// Known defect nodeport-everywhere: table of addresses and configuration.
Deno.test("selectNodePortAddresses() by configuration", none, () => {
  const own = ["192.0.2.1", "2001:db8::1"];
  const table: readonly (readonly [
    readonly string[],
    readonly string[] | undefined,
    readonly string[],
  ])[] = [
    [[], own, own],
    [[], ["192.0.2.1", "203.0.113.99"], ["192.0.2.1"]],
    [[], undefined, []],
    [["primary"], ["192.0.2.1", "172.17.0.1", "2001:db8::1"], own],
    [["primary"], undefined, []],
    [["172.17.0.0/16"], own, ["172.17.0.1", "2001:db8::1"]],
    [["172.17.0.0/16", "fd00::/8"], own, ["172.17.0.1"]],
    [["0.0.0.0/0", "::/0"], own, ["172.17.0.1", "192.0.2.1", "2001:db8::1"]],
    [["127.0.0.0/8", "::1/128"], own, []],
    [["10.96.0.0/12", "fe80::/10"], own, []],
  ];
  for (const [config, addresses, expected] of table) {
    assertEquals(select(config, addresses), [...expected], config.join());
  }
});
