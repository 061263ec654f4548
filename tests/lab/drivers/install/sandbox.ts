/**
 * What a process under the unit can do, and cannot: the unit's own text with
 * another program.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Driver } from "../../guest/driver.ts";
import { must } from "./node.ts";

/** Lines of shell, and whether the sandbox lets them through. */
const TRIALS: readonly (readonly [line: string, allowed: boolean])[] = [
  ["touch /usr/local/bin/kube-proxy", false],
  ["touch /etc/kubernetes/kube-proxy.conf", false],
  ["touch /run/other", false],
  ["touch /run/lock/other", false],
  ["touch /run/systemd/system/other.service", false],
  ["touch /etc/systemd/system/other.service", false],
  ["ls /root /home", false],
  ["mount -t tmpfs none /mnt", false],
  ["unshare --net true", false],
  ["modprobe sctp", false],
  ["date --set=2020-01-01", false],
  ["hostname other", false],
  ["touch /run/xtables.lock", true],
  ["touch /run/kube-proxy/x && rm /run/kube-proxy/x", true],
  ["touch /var/lib/kube-proxy/x && rm /var/lib/kube-proxy/x", true],
  ["sysctl -q -w net.ipv4.ip_forward=1", true],
  ["ipvsadm -A -t 192.0.2.1:1 && ipvsadm -D -t 192.0.2.1:1", true],
  ["ipset create x hash:ip && ipset destroy x", true],
  ["iptables-legacy -w -N X && iptables-legacy -w -X X", true],
  ["ip6tables-legacy -w -t raw -N X && ip6tables-legacy -w -t raw -X X", true],
  ["ip link add x0 type dummy && ip link del x0", true],
  ["conntrack -L", true],
];

/** Tries all of it under the unit's own settings. */
export async function trySandbox(driver: Driver): Promise<void> {
  const unit = await Deno.readTextFile(
    "/etc/systemd/system/kube-proxy.service",
  );
  const script = TRIALS.map(([line], index) =>
    `if (${line}) >/dev/null 2>&1; then echo ${index} yes; ` +
    `else echo ${index} no; fi`
  ).join("\n");
  await Deno.writeTextFile("/opt/trial.sh", `${script}\n`);
  // Its folders are those of the running service: they have to stay.
  await Deno.writeTextFile(
    "/run/systemd/system/trial.service",
    unit.replace(/^ExecStart=.*$/m, "ExecStart=/bin/sh /opt/trial.sh")
      .replace("Type=notify", "Type=oneshot")
      .replace(/^(Restart|Watchdog|Conflicts|WantedBy).*$/gm, "")
      .replace(
        /^\[Service\]$/m,
        "[Service]\nStandardOutput=file:/var/lib/kube-proxy/trial",
      ),
  );
  await must("systemctl daemon-reload && systemctl start trial", 120);
  const said = await must("cat /var/lib/kube-proxy/trial");
  await must(
    "rm /var/lib/kube-proxy/trial /run/systemd/system/trial.service " +
      "/opt/trial.sh && systemctl daemon-reload",
  );
  driver.say(said.replaceAll("\n", ", "));
  const yes = new Set(said.split("\n"));
  assertEquals(yes.size, TRIALS.length);
  const shown = TRIALS.map(([line], index) =>
    `${yes.has(`${index} yes`) ? "can" : "cannot"}: ${line}`
  );
  assertEquals(
    shown,
    TRIALS.map(([line, allowed]) => `${allowed ? "can" : "cannot"}: ${line}`),
  );
}
