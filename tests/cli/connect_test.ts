import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { connect, nodeNameOf } from "../../mod/cli/connect.ts";
import { UsageError } from "../../mod/cli/exit_code.ts";
import { lacks } from "../support/permission.ts";

const NOTHING = { permissions: "none" } as const;
const IN_POD: Readonly<Record<string, string>> = {
  KUBERNETES_SERVICE_HOST: "10.96.0.1",
  KUBERNETES_SERVICE_PORT: "443",
};

function sources(env: Readonly<Record<string, string>> = {}) {
  return {
    readFile: (path: string) =>
      path === "F"
        ? Promise.resolve(JSON.stringify({
          "current-context": "a",
          contexts: [{ name: "a", context: { cluster: "a" } }],
          clusters: [{ name: "a", cluster: { server: "https://192.0.2.1" } }],
        }))
        : Promise.reject(new Error("no such file")),
    env: (name: string) => env[name],
  };
}

Deno.test("connect() takes the server of a kubeconfig, or --master", {
  ignore: lacks("connect()", { name: "env", variable: "LOG_TOKENS" }),
}, async () => {
  const plain = await connect(
    { kubeconfig: "F", master: "", stateDir: "" },
    sources(),
  );
  assertEquals(plain.access.server, "https://192.0.2.1");
  assertEquals(plain.warnings, []);
  const master = "https://192.0.2.9:6443";
  const named = await connect(
    { kubeconfig: "F", master, stateDir: "" },
    sources(),
  );
  assertEquals(named.access.server, master);
});

Deno.test(
  "connect() takes the proxy of the environment and tells no password",
  NOTHING,
  async () => {
    const master = "https://192.0.2.9:6443";
    const asked = { kubeconfig: "", master, stateDir: "" };
    const HTTPS_PROXY = "http://name:secret@proxy:3128";
    const through = await connect(asked, sources({ HTTPS_PROXY }));
    assertEquals(through.access.proxyUrl, HTTPS_PROXY);
    assertEquals(through.warnings.length, 1);
    assertMatch(through.warnings.join(), /http:\/\/proxy:3128,/);
    assert(!through.warnings.join().includes("secret"));
    const env = { HTTPS_PROXY, NO_PROXY: "192.0.2.0/24" };
    const straight = await connect(asked, sources(env));
    const { proxyUrl, isDirect } = straight.access;
    assertEquals([proxyUrl, isDirect, straight.warnings], [
      ...[undefined, true, []],
    ]);
    const HTTPS = "ftp://proxy";
    await assertRejects(
      () => connect(asked, sources({ HTTPS_PROXY: HTTPS })),
      UsageError,
    );
  },
);

Deno.test(
  "connect() in a pod warns that the API server is behind our own Service",
  NOTHING,
  async () => {
    const none = { kubeconfig: "", master: "", stateDir: "" };
    const { access, warnings } = await connect(none, sources(IN_POD));
    assertEquals(access.server, "https://10.96.0.1:443");
    assertEquals(warnings.length, 1);
    assertStringIncludes(warnings[0] ?? "", "bring that Service back by");
    const kept = { ...none, stateDir: "/var/lib/kube-proxy" };
    const [warning = ""] = (await connect(kept, sources(IN_POD))).warnings;
    assertStringIncludes(warning, "until then the snapshot");
    const master = "https://192.0.2.9:6443";
    const named = await connect(
      { kubeconfig: "", master, stateDir: "" },
      sources(IN_POD),
    );
    assertEquals([named.access.server, named.warnings], [master, []]);
  },
);

Deno.test(
  "connect() by --master alone has no credentials",
  NOTHING,
  async () => {
    const master = "http://192.0.2.9:8080";
    const { access } = await connect(
      { kubeconfig: "", master, stateDir: "" },
      sources(),
    );
    assertEquals([access.server, access.user], [master, {}]);
  },
);

Deno.test(
  "connect() says what to name when there is nothing",
  NOTHING,
  async () => {
    await assertRejects(
      () => connect({ kubeconfig: "", master: "", stateDir: "" }, sources()),
      UsageError,
      "--kubeconfig",
    );
    await assertRejects(
      () => connect({ kubeconfig: "G", master: "", stateDir: "" }, sources()),
      UsageError,
      "Cannot read kubeconfig G: no such file",
    );
  },
);

Deno.test(
  "nodeNameOf() prefers what was told, trims and lowers it",
  NOTHING,
  () => {
    assertEquals(nodeNameOf(" Node-A ", () => "host"), "node-a");
    assertEquals(nodeNameOf("", () => "Host\n"), "host");
    assertThrows(() => nodeNameOf(" ", () => " "), UsageError);
  },
);
