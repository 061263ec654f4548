import { assertEquals, assertStringIncludes } from "@std/assert";
import { createHost } from "../../mod/apply/host.ts";
import { kernelSettingsWriter } from "../../mod/cli/kernel_settings.ts";
import { setUpLogs } from "../../mod/observe/log_setup.ts";
import { FakeNode, settingsOf } from "./support.ts";

const NOTHING = { permissions: "none" } as const;

Deno.test(
  "kernelSettingsWriter() gives what writes, says so, and tells the timeouts",
  NOTHING,
  async () => {
    const log: string[] = [];
    setUpLogs({
      ...{ format: "text", verbosity: 0 },
      write: (line) => void log.push(line),
    });
    const node = new FakeNode();
    const write = kernelSettingsWriter({
      host: createHost(node, "legacy"),
      runner: node,
      kernelRelease: "6.1.0",
      cpus: 4,
      families: new Set(["ipv4"]),
    });
    assertEquals((await write(settingsOf()))?.tcp, 7_800);
    assertStringIncludes(log.join("\n"), "set timeouts of IPVS = tcp 7800 s");
    log.length = 0;
    assertEquals(
      (await write(settingsOf("--ipvs-tcp-timeout=3h")))?.tcp,
      10_800,
    );
    assertEquals(log.length, 1);
  },
);
