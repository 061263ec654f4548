/**
 * A proxy that the environment names and that is not for this server. It
 * changes the environment of the process, which the unit tests share.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { connect } from "../../mod/cli/connect.ts";
import { openTransport } from "../../mod/watch/api_transport.ts";
import { startProxy } from "./proxy_support.ts";
import { textOf } from "./tls_support.ts";
import { TinyServer } from "./tiny_server.ts";

const NAMES = ["HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"] as const;

Deno.test("an API server on this host is asked directly, though a proxy is named", async () => {
  await using server = await TinyServer.start();
  server.script((_, response) => {
    response.end("directly");
  });
  await using proxy = await startProxy({ refuse: "503 No" });
  const before = NAMES.map((name) => [name, Deno.env.get(name)] as const);
  for (const name of NAMES) Deno.env.delete(name);
  Deno.env.set("HTTP_PROXY", proxy.url);
  try {
    const { access } = await connect(
      { kubeconfig: "", master: server.url, stateDir: "" },
      {
        readFile: () => Promise.reject(new Error("no such file")),
        env: (name) => Deno.env.get(name),
      },
    );
    const transport = await openTransport(access);
    const { signal } = new AbortController();
    const { body } = await transport.send({ path: "/" }, signal);
    assertEquals(await textOf(body), "directly");
    assertEquals(proxy.asked, []);
    transport.close();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
});
