import { assertEquals, assertRejects } from "@std/assert";
import { createHost } from "../../mod/apply/host.ts";
import { work } from "../../mod/cli/work.ts";
import { setUpLogs } from "../../mod/observe/log_setup.ts";
import { lacks, LOOPBACK, SCRATCH } from "../support/permission.ts";
import { FakeNode, settingsOf } from "./support.ts";

const WITH_FILES = { ignore: lacks("work()", SCRATCH, LOOPBACK) };

async function workOf(args: string[], signal: AbortSignal): Promise<number> {
  setUpLogs({ format: "text", verbosity: 0, write: () => {} });
  const node = new FakeNode();
  const runDir = await Deno.makeTempDir({ dir: "/tmp" });
  try {
    return await work({
      settings: settingsOf(`--run-dir=${runDir}`, ...args),
      nodeName: "node-1",
      ready: {
        host: createHost(node, "legacy"),
        inspection: { findings: [], hasNft: false },
        backEnd: { backEnd: "legacy", reason: "a test", strayChains: [] },
        families: new Set(["ipv4"]),
        cpus: 4,
        writeKernelSettings: () => Promise.resolve(undefined),
      },
      runner: node,
      transport: {
        server: "https://192.0.2.1",
        send: (_request, end) =>
          new Promise((_resolve, reject) => {
            const stop = (): void => reject(end.reason);
            if (end.aborted) stop();
            end.addEventListener("abort", stop);
          }),
        reset: () => {},
        close: () => {},
      },
      signal,
    });
  } finally {
    await Deno.remove(runDir, { recursive: true });
  }
}

const NOWHERE = ["--healthz-bind-address=", "--metrics-bind-address="];

Deno.test(
  "work() ends at once when it was told to before it began",
  WITH_FILES,
  async () => {
    assertEquals(await workOf(NOWHERE, AbortSignal.abort()), 0);
  },
);

Deno.test(
  "work() --once that was cut short says that it is not done",
  WITH_FILES,
  async () => {
    assertEquals(await workOf(["--once"], AbortSignal.abort()), 1);
  },
);

Deno.test(
  "work() ends with an error when a server must be bound and cannot",
  WITH_FILES,
  async () => {
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const never = new AbortController().signal;
    await assertRejects(
      () =>
        workOf([
          "--bind-address-hard-fail",
          "--metrics-bind-address=",
          `--healthz-bind-address=127.0.0.1:${taken.addr.port}`,
        ], never),
      Error,
      "Cannot serve health",
    );
  },
);
