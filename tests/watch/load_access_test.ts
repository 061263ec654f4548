import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { KubeconfigError } from "../../mod/watch/access.ts";
import { loadAccess } from "../../mod/watch/load_access.ts";
import { lacks, SCRATCH } from "../support/permission.ts";

const PURE = { permissions: "none" } as const;
const POD = { serviceHost: "10.96.0.1", servicePort: "443" };
const MASTER = "https://192.0.2.1:6443";

Deno.test(
  "loadAccess() uses the service account in a pod, at --master if given",
  PURE,
  async () => {
    const pod = await loadAccess(POD);
    assertEquals(pod.server, "https://10.96.0.1:443");
    const moved = await loadAccess({ ...POD, master: MASTER });
    assertEquals(moved, { ...pod, server: MASTER });
  },
);

Deno.test("loadAccess() uses --master alone outside a pod", PURE, async () => {
  const alone = await loadAccess({ master: MASTER });
  assertEquals(alone, { server: MASTER, skipTlsVerify: false, user: {} });
});

Deno.test(
  "loadAccess() says what to do when there is nothing",
  PURE,
  async () => {
    const { message } = await assertRejects(
      () => loadAccess({}),
      KubeconfigError,
    );
    assertMatch(message, /--kubeconfig FILE/);
  },
);

const FILE =
  "loadAccess() puts a kubeconfig before all, and --master before its server";
Deno.test({
  name: FILE,
  ignore: lacks(FILE, SCRATCH, { name: "env" }),
  fn: async () => {
    const kubeconfig = await Deno.makeTempFile();
    const missing = await assertRejects(
      () => loadAccess({ ...POD, kubeconfig: `${kubeconfig}.not` }),
      KubeconfigError,
    );
    assertMatch(missing.message, /\.not: no such file$/);
    const text = "current-context: x\n" +
      "contexts: [{name: x, context: {cluster: c, user: u}}]\n" +
      'clusters: [{name: c, cluster: {server: "https://api:6443"}}]\n' +
      "users: [{name: u, user: {token: t}}]\n";
    await Deno.writeTextFile(kubeconfig, text);
    const loaded = await loadAccess({ ...POD, kubeconfig });
    assertEquals(loaded.server, "https://api:6443");
    const moved = await loadAccess({ ...POD, kubeconfig, master: MASTER });
    assertEquals(moved, { ...loaded, server: MASTER });
    await Deno.remove(kubeconfig);
  },
});
