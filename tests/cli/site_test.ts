import { assert, assertEquals } from "@std/assert";
import { makePageWorld } from "../observe/page_world.ts";

const NOTHING = { permissions: "none" } as const;

Deno.test(
  "the metrics server has kube-proxy's paths, and ours",
  NOTHING,
  async (t) => {
    const { node, handle } = await makePageWorld(40);
    const get = async (path: string, method = "GET"): Promise<Response> =>
      await handle(new Request(`http://localhost${path}`, { method }));
    for (
      const [path, status, type] of [
        ["/", 200, "text/html; charset=utf-8"],
        ["/metrics", 200, "text/plain"],
        ["/healthz", 200, "text/plain; charset=utf-8"],
        ["/healthz/ping", 200, "text/plain; charset=utf-8"],
        ["/proxyMode", 200, "text/plain; charset=utf-8"],
        ["/configz", 200, "application/json"],
        ["/statusz", 200, "text/plain; charset=utf-8"],
        ["/flagz", 200, "text/plain; charset=utf-8"],
        ["/api/node.json", 200, "application/json"],
        ["/api/services.json", 200, "application/json"],
        ["/api/service.json?name=default/search-0001", 200, "application/json"],
        ["/api/service.json?name=default/none", 404, "application/json"],
        ["/debug/flags/v", 404, "text/plain; charset=utf-8"],
        ["/debug/pprof/", 404, "text/plain; charset=utf-8"],
      ] as const
    ) {
      await t.step(`${path} is ${status}`, async () => {
        const response = await get(path);
        await response.text();
        assertEquals(response.status, status);
        assertEquals(response.headers.get("content-type"), type);
        assertEquals(
          (await get(path, "POST")).status,
          status === 404 && !path.startsWith("/api") ? 404 : 405,
        );
      });
    }
    await t.step("/proxyMode is ipvs without an end of line", async () => {
      assertEquals(await (await get("/proxyMode")).text(), "ipvs");
    });
    await t.step("/configz names the group, as kube-proxy's", async () => {
      const body = await (await get("/configz")).json();
      assertEquals(Object.keys(body), ["kubeproxy.config.k8s.io"]);
    });
    await t.step("/statusz tells paths and health", async () => {
      const text = await (await get("/statusz")).text();
      assert(text.includes("\nHealthy: yes\n"), text);
      assert(text.includes("/metrics /proxyMode /statusz"), text);
    });
    await t.step("one Service is listed afresh", async () => {
      node.host.resetCounts();
      const path = "/api/service.json?name=default/search-0001";
      const report = await (await get(path)).json();
      assertEquals(report.state, "served");
      assertEquals(
        node.host.calls.map(({ argv }) => argv[0]),
        [],
        "the listing of a moment ago serves",
      );
    });
    await node.stop();
  },
);
