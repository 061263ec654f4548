/**
 * Datagrams to a service manager, which need permission for sockets whose
 * names are not known beforehand.
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import { openManager } from "../../mod/cli/manager.ts";
import { openNotifySocket } from "../../mod/observe/notify_socket.ts";
import { snapshotOf } from "./support.ts";

const AGENT = { snapshot: () => snapshotOf(), lateMs: 0 };

Deno.test("openNotifySocket() sends datagrams, over the file of a killed one", async () => {
  const folder = await Deno.makeTempDir({ dir: "/tmp" });
  const path = `${folder}/manager`;
  const manager = Deno.listenDatagram({ transport: "unixpacket", path });
  await Deno.writeTextFile(`${folder}/own`, "left behind");
  const socket = openNotifySocket(path, `${folder}/own`);
  await socket.send("READY=1\nSTATUS=a");
  const [bytes] = await manager.receive();
  assertEquals(new TextDecoder().decode(bytes), "READY=1\nSTATUS=a");
  manager.close();
  await Deno.remove(path);
  await assertRejects(() => socket.send("WATCHDOG=1"));
  socket.close();
  assertEquals(await Array.fromAsync(Deno.readDir(folder)), []);
  await Deno.remove(folder);
});

Deno.test("openManager() tells who listens, and leaves no file", async () => {
  const folder = await Deno.makeTempDir({ dir: "/tmp" });
  const path = `${folder}/systemd`;
  const systemd = Deno.listenDatagram({ transport: "unixpacket", path });
  const settings = { runDir: `${folder}/run`, syncPeriodMs: 30_000 };
  const [manager] = openManager({ settings, manager: { socket: path } }, AGENT);
  const stop = new AbortController();
  const running = manager?.run?.(stop.signal);
  const [bytes] = await systemd.receive();
  const text = new TextDecoder().decode(bytes);
  assertEquals(text.split("\n")[0], "READY=1");
  stop.abort();
  await running;
  manager?.close?.();
  assertEquals(await Array.fromAsync(Deno.readDir(settings.runDir)), []);
  systemd.close();
  await Deno.remove(folder, { recursive: true });
});
