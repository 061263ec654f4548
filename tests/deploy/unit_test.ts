import { assert, assertEquals } from "@std/assert";
import { requiredModules, WANTED_MODULES } from "../../mod/cli/requirements.ts";
import { SCHEDULERS } from "../../mod/model/mod.ts";
import config from "../../deno.json" with { type: "json" };
import { parseUnit } from "../lab/unit.ts";
import { lacks } from "../support/permission.ts";

const ignore = lacks("unit", { name: "read", path: "./" });

async function readUnit(): Promise<Map<string, string[]>> {
  return parseUnit(await Deno.readTextFile("kube-proxy.service"));
}

Deno.test(
  "the unit and modules-load.d have all modules that may be asked for",
  {
    ignore,
  },
  async () => {
    const wanted = new Set([
      ...SCHEDULERS.flatMap((name) => requiredModules(name)),
      ...WANTED_MODULES,
    ].map(({ name }) => name));
    const text = await Deno.readTextFile("deploy/node/kube-proxy.modules");
    const persisted = text.split("\n").filter((line) => /^\w/.test(line));
    const [load = ""] = (await readUnit()).get("ExecStartPre") ?? [];
    assertEquals(new Set(persisted), wanted);
    const legacy = ["ip_tables", "ip6_tables"];
    assertEquals(
      new Set(load.split(" ").slice(3)),
      new Set([...wanted, ...legacy]),
    );
  },
);

Deno.test("the unit lets write what the permissions let write", {
  ignore,
}, async () => {
  const unit = await readUnit();
  const { write } = config.permissions.agent;
  assertEquals(write, [
    "/run/kube-proxy",
    "/run/systemd/notify",
    "/var/lib/kube-proxy",
  ]);
  assertEquals(unit.get("StateDirectory"), ["kube-proxy"]);
  assertEquals(unit.get("RuntimeDirectory"), ["kube-proxy"]);
  assertEquals(unit.get("RuntimeDirectoryPreserve"), ["yes"]);
  assertEquals(unit.get("ProtectSystem"), ["strict"]);
  assertEquals(unit.get("ReadOnlyPaths"), ["/run"]);
  assertEquals(unit.get("ReadWritePaths"), ["-/run/xtables.lock"]);
});

Deno.test("the unit has two capabilities, and starts again for ever", {
  ignore,
}, async () => {
  const unit = await readUnit();
  assertEquals(unit.get("CapabilityBoundingSet"), [
    "CAP_NET_ADMIN CAP_NET_RAW",
  ]);
  assertEquals(unit.get("AmbientCapabilities"), undefined);
  assertEquals(unit.get("Restart"), ["always"]);
  assertEquals(unit.get("StartLimitIntervalSec"), ["0"]);
  assertEquals(unit.get("NotifyAccess"), ["main"]);
  assert(Number(unit.get("WatchdogSec")?.[0]) >= 30);
});
