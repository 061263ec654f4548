import { assertEquals } from "@std/assert";
import { proxyHealth } from "../../../mod/cli/migrate/proxy_health.ts";
import { lacks } from "../../support/permission.ts";

Deno.test("proxyHealth() tells the three answers apart", {
  ignore: lacks("proxyHealth(): a server", { name: "net", host: "127.0.0.1" }),
}, async () => {
  let status = 200;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("{}", { status }),
  );
  const url = `http://127.0.0.1:${server.addr.port}/healthz`;
  assertEquals(await proxyHealth(url), "healthy");
  status = 503;
  assertEquals(await proxyHealth(url), "unhealthy");
  await server.shutdown();
  assertEquals(await proxyHealth(url), "silent");
});
