/**
 * What belongs to somebody else on node-1, before any agent comes.
 *
 * @module
 */

import type { Scene } from "../packets/scene.ts";

/** Virtual servers of others: inside the service CIDR and outside, by mark too. */
const LINES: readonly string[] = [
  "-A -t 10.96.200.1:80 -s wrr",
  "-a -t 10.96.200.1:80 -r 10.32.99.1:80 -m -w 7",
  "-A -t 192.168.9.9:443 -s rr -p 50",
  "-a -t 192.168.9.9:443 -r 10.32.99.2:443 -m -w 0",
  "-A -u [fd00:96::200:1]:53 -s rr",
  "-a -u [fd00:96::200:1]:53 -r [fd00:32:99::1]:53 -m -w 1",
  "-A --sctp-service 10.96.200.2:9 -s rr",
  "-A -f 77 -s rr",
  "-a -f 77 -r 10.32.99.3:80 -m -w 1",
];

/** Makes them. */
export const FOREIGN = `modprobe -a ip_vs ip_vs_rr ip_vs_wrr dummy
ip link add kube-ipvs0 type dummy
ip addr add 10.96.200.1/32 dev kube-ipvs0
ipvsadm -R <<END
${LINES.join("\n")}
END`;

/** Fails unless all of it is as it was made. */
export async function checkForeign({ cluster }: Scene): Promise<void> {
  const { ipvs, addresses } = await cluster.observe("node-1");
  const there = new Set(ipvs.split("\n").map((line) => line.trim()));
  const missing = LINES.filter((line) => !there.has(line));
  if (!addresses.includes("inet 10.96.200.1/32 scope global kube-ipvs0")) {
    missing.push("10.96.200.1/32 on kube-ipvs0");
  }
  if (missing.length === 0) return;
  throw new Error(`Gone or changed: ${missing.join("; ")}; there is:\n${ipvs}`);
}
