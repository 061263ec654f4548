/**
 * A configuration behind a link that is swapped, as a ConfigMap's is. A test
 * of its own, since only a program that may read and write everything may
 * make links. Run by name: `deno test -A tests/cli/config_map.lab.ts`.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { runOverAndOver } from "../../mod/cli/run_over.ts";
import { setUpLogs } from "../../mod/observe/log_setup.ts";
import { settingsOf } from "./support.ts";

/** Writes a version and swaps the link, as the kubelet does. */
async function publish(
  folder: string,
  version: number,
  scheduler: string,
): Promise<void> {
  const name = `..version-${version}`;
  await Deno.mkdir(`${folder}/${name}`);
  await Deno.writeTextFile(`${folder}/${name}/config.conf`, scheduler);
  await Deno.symlink(name, `${folder}/..data_tmp`);
  await Deno.rename(`${folder}/..data_tmp`, `${folder}/..data`);
}

async function* changesIn(
  folder: string,
  signal: AbortSignal,
): AsyncGenerator<unknown> {
  using watcher = Deno.watchFs(folder, { recursive: false });
  signal.addEventListener("abort", () => watcher.close(), { once: true });
  yield* watcher;
}

Deno.test("a ConfigMap whose link is swapped starts the agent again, in seconds", async () => {
  setUpLogs({ format: "text", verbosity: 0, write: () => {} });
  const folder = await Deno.makeTempDir();
  const path = `${folder}/config.conf`;
  await publish(folder, 1, "rr");
  await Deno.symlink("..data/config.conf", path);
  const reread = async () =>
    settingsOf(
      `--config=${path}`,
      `--ipvs-scheduler=${await Deno.readTextFile(path)}`,
    );
  const stop = AbortSignal.timeout(20_000);
  const seen: string[] = [];
  await runOverAndOver(await reread(), {
    machine: { changesIn, signal: stop },
    async runOnce(live, signal) {
      seen.push(live.current.scheduler);
      if (seen.length === 2) return 0;
      setTimeout(() => void publish(folder, 2, "lc"), 500);
      await new Promise((resolve) =>
        signal.addEventListener("abort", resolve, { once: true })
      );
      return 0;
    },
    rehearse: () => Promise.resolve(),
    reread,
  });
  assertEquals(seen, ["rr", "lc"]);
  await Deno.remove(folder, { recursive: true });
});
