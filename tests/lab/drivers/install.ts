/**
 * The life of an installation on a node with systemd and no tool: installed,
 * upgraded under load, gone back from, and taken away.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { drive, type Driver } from "../guest/driver.ts";
import { eventually } from "../guest/wait.ts";
import { dumpByTools, dumpNode } from "./install/dump.ts";
import {
  configure,
  dial,
  install,
  Load,
  makeObjects,
  must,
  property,
  serveMirror,
  SERVICE,
  startApi,
  startPod,
} from "./install/node.ts";
import { trySandbox } from "./install/sandbox.ts";

const required = true;

/** Settings of modules that were not loaded before tell nothing. */
function comparable(part: string, after = "", before: string): string {
  if (part !== "sysctls") return after;
  const known = before.split("\n");
  return after.split("\n").map((line, index) =>
    known[index]?.endsWith(" ") ? known[index] : line
  ).join("\n");
}

/** One of each kind of thing that the agent makes, by others. */
const FOREIGN = `set -e
ipvsadm -A -t 192.0.2.9:80 -s rr
ipvsadm -a -t 192.0.2.9:80 -r 192.0.2.10:80 -m
ipset create theirs hash:ip
ipset add theirs 192.0.2.11
for tool in iptables-legacy ip6tables-legacy; do
  for table in nat filter mangle; do
    $tool -w -t $table -N THEIRS
    $tool -w -t $table -A OUTPUT -m mark --mark 0x1 -j THEIRS
  done
done
ip link add theirs0 type dummy
ip addr add 192.0.2.12/32 dev theirs0
sysctl -q -w net.netfilter.nf_conntrack_tcp_timeout_close_wait=61`;

async function underLoad(
  driver: Driver,
  what: string,
  body: () => Promise<void>,
): Promise<void> {
  await driver.step(what, async () => {
    const load = new Load();
    try {
      await body();
    } finally {
      await load.stop();
    }
    driver.say(`${load.answered} connections, ${load.failures.length} failed`);
    assertEquals(load.failures, []);
    assert(load.answered >= 50, `only ${load.answered} connections`);
  }, { limitMs: 600_000 });
}

await drive(async (driver) => {
  const { config } = driver;
  serveMirror(config.parameters["releases"] ?? "");
  let api = await startApi(config);
  await makeObjects();
  await configure();
  await must("sysctl -V || echo 1 >/proc/sys/net/ipv4/ip_forward");
  const before = await dumpNode();

  await driver.step("install.sh on a node without tools", async () => {
    const { code, stdout } = await install("1");
    driver.say(stdout);
    assertEquals(code, 0, stdout);
    assertEquals(await property("ActiveState"), "active");
    assertEquals(await property("Type"), "notify");
    assertEquals(await property("WatchdogUSec"), "1min");
  }, { limitMs: 900_000, required });
  driver.onFailure(() => [new TextDecoder().decode(
    new Deno.Command("journalctl", {
      args: ["-u", "kube-proxy", "-n", "40", "-o", "cat", "--no-pager"],
    }).outputSync().stdout,
  )]);

  await driver.step(
    "the service tells its state, and a Service answers",
    async () => {
      await startPod();
      await eventually(
        async () =>
          assertStringIncludes(await property("StatusText"), "in step: "),
        {
          timeoutMs: 60_000,
          pauseMs: 500,
        },
      );
      await eventually(async () => assertEquals(await dial(), "pod"));
      driver.say(await property("StatusText"));
      driver.say(await must("systemctl status --no-pager -n 0 kube-proxy"));
      assertStringIncludes(
        await must("systemctl show -p UnitFileState kube-proxy"),
        "enabled",
      );
    },
    { required },
  );

  await driver.step("its rules are there, for both families", async () => {
    for (const tool of ["iptables-legacy-save", "ip6tables-legacy-save"]) {
      const rules = await must(tool);
      for (const table of ["nat", "filter", "mangle"]) {
        const [, text = ""] = new RegExp(`^\\*${table}\n([^*]*)`, "m")
          .exec(rules) ?? [];
        assertStringIncludes(text, "-A KUBE-VS-", `${tool} ${table}`);
      }
    }
  });

  await driver.step("it answers about itself, with its page", async () => {
    const page = await must("wget -qO- http://127.0.0.1:10249/");
    assertStringIncludes(page.toLowerCase(), "<!doctype html");
    assertStringIncludes(
      await must("wget -qO- http://127.0.0.1:10249/metrics"),
      "sync_proxy_rules_last_timestamp_seconds",
    );
    await must("wget -qO /dev/null http://127.0.0.1:10256/livez");
    driver.say(await must("kube-proxy status"));
  });

  await driver.step(
    "it has the capabilities that it needs, and no others",
    async () => {
      const pid = await property("MainPID");
      const status = await must(`cat /proc/${pid}/status`);
      const of = (name: string) =>
        new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1];
      assertEquals(of("CapEff"), "0000000000003000");
      assertEquals(of("CapBnd"), "0000000000003000");
      assertEquals(of("NoNewPrivs"), "1");
      assertEquals(await must(`cat /proc/${pid}/comm`), "kube-proxy");
      const ownScore = await must(`cat /proc/${pid}/oom_score_adj`);
      assertEquals(ownScore, "-999");
    },
  );

  await driver.step("systemd-analyze scores the unit at most 3.0", async () => {
    const said = await must("systemd-analyze security kube-proxy | tail -n 1");
    driver.say(said);
    const score = Number(/: ([\d.]+)/.exec(said)?.[1]);
    assert(score > 0 && score <= 3, said);
  });

  await driver.step(
    "in the unit's sandbox nothing else can be done",
    async () => {
      await trySandbox(driver);
    },
  );

  await underLoad(
    driver,
    "a new version under load fails no connection",
    async () => {
      const pid = await property("MainPID");
      const { code, stdout } = await install("2");
      assertEquals(code, 0, stdout);
      assert(
        await property("MainPID") !== pid,
        "the service was not restarted",
      );
      assertStringIncludes(
        await must("kube-proxy --version"),
        "(commit 222222222222;",
      );
    },
  );

  await underLoad(driver, "a broken version is gone back from", async () => {
    const { code, stdout } = await install("broken");
    driver.say(stdout.split("\n").slice(-12).join("\n"));
    assertEquals(code, 1);
    assertStringIncludes(stdout, "the one before runs again");
    assertEquals(await property("ActiveState"), "active");
    assertStringIncludes(
      await must("kube-proxy --version"),
      "(commit 222222222222;",
    );
    const kept = await must("ls /usr/local/lib/kube-proxy | wc -l");
    assertEquals(kept, "1", "what other versions have unpacked is gone");
  });

  await underLoad(
    driver,
    "a process that hangs is killed and started again",
    async () => {
      await must(
        "mkdir -p /run/systemd/system/kube-proxy.service.d && printf " +
          "'[Service]\\nWatchdogSec=15\\n' >/run/systemd/system/" +
          "kube-proxy.service.d/short.conf && systemctl daemon-reload && " +
          "systemctl restart kube-proxy",
        120,
      );
      const pid = await property("MainPID");
      const restarts = Number(await property("NRestarts"));
      await must(`kill -STOP ${pid}`);
      await eventually(async () => {
        assertEquals(Number(await property("NRestarts")), restarts + 1);
        assertEquals(await property("ActiveState"), "active");
      }, { timeoutMs: 120_000, pauseMs: 1_000 });
      await must(
        "rm -r /run/systemd/system/kube-proxy.service.d && " +
          "systemctl daemon-reload",
      );
    },
  );

  await underLoad(driver, "it starts while no API server answers", async () => {
    await api.stop();
    const startMs = performance.now();
    await must("systemctl restart kube-proxy", 120);
    assertEquals(
      await must("stat -c '%a %U' /var/lib/kube-proxy/snapshot"),
      "600 root",
    );
    driver.say(`ready after ${Math.round(performance.now() - startMs)} ms`);
    assertStringIncludes(
      await property("StatusText"),
      "waiting for the API server: ",
    );
    api = await startApi(config);
    await makeObjects();
    await eventually(
      async () =>
        assertStringIncludes(await property("StatusText"), "in step: "),
      {
        timeoutMs: 120_000,
        pauseMs: 1_000,
      },
    );
  });

  await driver.step("--uninstall leaves the node as before", async () => {
    const { code, stdout } = await install("2", "--uninstall");
    driver.say(stdout);
    assertEquals(code, 0, stdout);
    await must("ip netns del pod; ip link del pod0 2>/dev/null; true");
    const after = await dumpNode();
    for (const [part, text] of before) {
      assertEquals(comparable(part, after.get(part), text), text, part);
    }
    assertEquals(await must("ipvsadm -Sn"), "");
    assertEquals(await must("ipset list -n"), "");
    const rules = await must("iptables-legacy-save; ip6tables-legacy-save");
    assert(!rules.includes("KUBE"), rules);
  }, { limitMs: 180_000 });

  await driver.step(
    "installed beside things of others, it leaves them as they are",
    async () => {
      await must(FOREIGN);
      const alone = await dumpByTools();
      const { code, stdout } = await install("2");
      assertEquals(code, 0, stdout);
      await eventually(
        async () =>
          assertStringIncludes(
            await must("ipvsadm -Sn"),
            `-A -t ${SERVICE.hostname}:80 `,
          ),
        { timeoutMs: 120_000, pauseMs: 1_000 },
      );
      const gone = await install("2", "--uninstall");
      assertEquals(gone.code, 0, gone.stdout);
      const after = await dumpByTools();
      for (const [part, text] of alone) {
        assertEquals(after.get(part), text, part);
      }
    },
    { limitMs: 600_000 },
  );
});
