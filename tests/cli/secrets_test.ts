import { assert, assertEquals } from "@std/assert";
import { run } from "../../mod/cli/run.ts";
import { setUpLogs } from "../../mod/observe/log_setup.ts";
import { ApiServer, seedCluster } from "../apiserver/mod.ts";
import { lacks, LOOPBACK, SCRATCH } from "../support/permission.ts";
import { FakeNode, machineOf, settingsOf } from "./support.ts";

const TOKEN = "s3cr3t-0123456789abcdef";
const NEEDS = [LOOPBACK, SCRATCH, {
  name: "env",
  variable: "LOG_TOKENS",
}] as const;

function freePort(): number {
  using probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return probe.addr.port;
}

function kubeconfigOf(server: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server } }],
    users: [{ name: "u", user: { token: TOKEN } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  });
}

for (const format of ["text", "json"] as const) {
  Deno.test({
    name: `the token is in no log line (${format}) and on no page, whatever ` +
      "goes wrong",
    ignore: lacks("run()", ...NEEDS),
    async fn() {
      const lines: string[] = [];
      setUpLogs({ format, verbosity: 10, write: (line) => lines.push(line) });
      const runDir = await Deno.makeTempDir({ dir: "/tmp" });
      const server = await ApiServer.start({
        auth: {
          tokens: new Map([[TOKEN, { name: "kube-proxy", groups: [] }]]),
        },
      });
      seedCluster(server.store, { address: "192.0.2.1" });
      const metrics = `127.0.0.1:${freePort()}`;
      const stop = new AbortController();
      const running = run(
        settingsOf(
          "--kubeconfig=/k",
          `--run-dir=${runDir}`,
          "--healthz-bind-address=",
          "--profiling",
          `--metrics-bind-address=${metrics}`,
        ),
        {
          ...machineOf(new FakeNode(), stop.signal),
          readFile: () => Promise.resolve(kubeconfigOf(server.url)),
        },
      );
      const isReady = (): boolean => lines.some((line) => /ready: /.test(line));
      for (let turn = 0; !isReady() && turn < 400; turn++) {
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      assert(isReady(), lines.join("\n"));
      let pages = "";
      for (
        const path of [
          ...["/", "/metrics", "/configz", "/flagz", "/statusz"],
          ...["/api/node.json", "/api/services.json"],
        ]
      ) pages += await (await fetch(`http://${metrics}${path}`)).text();
      // From here on it is refused, and errors are told.
      await server.stop();
      for (let turn = 0; turn < 20; turn++) {
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      stop.abort();
      await running;
      await Deno.remove(runDir, { recursive: true });
      assert(pages.length > 10_000);
      assertEquals(lines.filter((line) => line.includes(TOKEN)), []);
      assert(!pages.includes(TOKEN));
    },
  });
}
