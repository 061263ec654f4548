import { assertEquals } from "@std/assert";
import { parseMonitorLine } from "../../mod/agent/mod.ts";

const CASES: readonly (readonly [line: string, told: string])[] = [
  [
    "3: kube-ipvs0    inet 10.96.0.1/32 scope global kube-ipvs0\\ valid_lft",
    "address kube-ipvs0 10.96.0.1",
  ],
  [
    "Deleted 3: kube-ipvs0    inet6 fd00::1/128 scope global nodad",
    "deleted kube-ipvs0 fd00::1",
  ],
  [
    "2: eth0@if7    inet 192.168.1.1/24 scope global",
    "address eth0 192.168.1.1",
  ],
  ["[ADDR]2: eth0    inet 10.0.0.1/8 scope global", "address eth0 10.0.0.1"],
  ["Deleted 3: kube-ipvs0: <BROADCAST,NOARP> mtu 1500", "link kube-ipvs0"],
  ["7: veth1@if2: <BROADCAST,UP> mtu 1500", "link veth1"],
  ["       valid_lft forever preferred_lft forever", "nothing"],
  ["", "nothing"],
  ["Deleted local 10.96.0.0/16 dev lo table local proto 106", "route"],
  ["local 10.96.0.0/16 dev lo table local proto 106", "nothing"],
  ["10.244.2.0/24 via 192.168.1.2 dev eth0", "nothing"],
];

for (const [line, told] of CASES) {
  Deno.test({
    name: `parseMonitorLine() reads "${line}"`,
    permissions: "none",
    fn: () => {
      const event = parseMonitorLine(line);
      const text = event === undefined || event.kind === "route"
        ? event?.kind ?? "nothing"
        : event.kind === "link"
        ? `link ${event.device}`
        : `${event.isDeleted ? "deleted" : "address"} ${event.device} ` +
          event.address;
      assertEquals(text, told);
    },
  });
}
