/**
 * What a node is after kube-proxy 1.36.2 in ipvs mode was stopped, from a
 * recording (41 of its 1,001 Services), beside things of others.
 *
 * @module
 */
import { FakeHost } from "../../support/fake_host.ts";

const FOLDER = new URL("./fixtures/", import.meta.url);

/** One file of the recording: "nat", "filter", "ipset-save", "ipvsadm-Sn". */
export function recorded(what: string): string {
  return Deno.readTextFileSync(
    new URL(`kube-proxy-1.36.2.${what}.txt`, FOLDER),
  );
}

/**
 * What iptables 1.8.9 saves of a node that kube-proxy's iptables mode serves,
 * with rules of all its forms and of others; both back ends save the same.
 */
export function savedIptablesMode(family: "ipv4" | "ipv6"): string {
  const program = family === "ipv4" ? "iptables" : "ip6tables";
  return Deno.readTextFileSync(
    new URL(`iptables-mode.${program}-save.txt`, FOLDER),
  );
}

/** Services of the recording. */
export const RECORDED_SERVICES = 41;

/** Chains of the kubelet and of a user, in both families. */
export const OTHERS = `*mangle
:KUBE-IPTABLES-HINT - [0:0]
:KUBE-KUBELET-CANARY - [0:0]
COMMIT
*filter
:KUBE-FIREWALL - [0:0]
:MINE - [0:0]
-A INPUT -j KUBE-FIREWALL
-A INPUT -j MINE
-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -j DROP
-A MINE -s 192.0.2.0/24 -j DROP
COMMIT
`;

/** Puts kube-proxy's recorded state on a host. */
export function loadKubeProxy(host: FakeHost): void {
  host.ipset.edit(
    ...recorded("ipset-save").replaceAll(/ bucketsize 12 initval \S+/g, "")
      .trimEnd().split("\n"),
  );
  host.iptables.edit("iptables-legacy", recorded("nat"));
  host.iptables.edit("iptables-legacy", recorded("filter"));
  const saved = recorded("ipvsadm-Sn");
  host.ipvs.edit(...saved.trimEnd().split("\n"));
  const vips = [...saved.matchAll(/^-A -t ([\d.]+):/gm)];
  host.ip.addDevice(
    "kube-ipvs0",
    "dummy",
    vips.map(([, address = ""]) => `${address}/32`),
  );
}

/** Puts things of others on a host. */
export function loadOthers(host: FakeHost): void {
  host.iptables.edit("iptables-legacy", OTHERS);
  host.ipset.edit(
    "create KUBE-MINE hash:ip family inet hashsize 1024 maxelem 65536",
    "add KUBE-MINE 192.0.2.7",
  );
  host.ipvs.edit(
    "-A -t 203.0.113.9:80 -s rr",
    "-a -t 203.0.113.9:80 -r 203.0.113.10:80 -g -w 1",
    "-A -f 7 -s rr",
  );
}

/** The two together. */
export function kubeProxyHost(): FakeHost {
  const host = new FakeHost();
  loadOthers(host);
  loadKubeProxy(host);
  return host;
}
