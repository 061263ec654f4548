import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  checkServer,
  inClusterAccess,
  KubeconfigError,
  serverAccess,
} from "../../mod/watch/access.ts";

const PURE = { permissions: "none" } as const;

Deno.test("inClusterAccess() uses the service account of the pod", PURE, () => {
  assertEquals(inClusterAccess({ host: "10.96.0.1", port: "443" }), {
    server: "https://10.96.0.1:443",
    authorities: {
      kind: "file",
      path: "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
    },
    skipTlsVerify: false,
    user: {
      tokenFile: "/var/run/secrets/kubernetes.io/serviceaccount/token",
    },
  });
});

Deno.test(
  "inClusterAccess() takes IPv6, another folder and --master",
  PURE,
  () => {
    const six = inClusterAccess({ host: "fd00::1", port: "443" });
    assertEquals(six.server, "https://[fd00::1]:443");
    const master = "https://192.0.2.1:6443";
    const moved = inClusterAccess({
      host: "",
      port: "",
      directory: "/s",
      master,
    });
    assertEquals(moved.server, master);
    assertEquals(moved.user.tokenFile, "/s/token");
  },
);

Deno.test("inClusterAccess() says what to do outside a pod", PURE, () => {
  const { message } = assertThrows(
    () => inClusterAccess({ host: "", port: "" }),
    KubeconfigError,
  );
  assertMatch(message, /not in a pod.*--kubeconfig FILE.*--master URL/);
});

Deno.test("serverAccess() has no credentials", PURE, () => {
  assertEquals(serverAccess("http://localhost:8080/"), {
    server: "http://localhost:8080",
    skipTlsVerify: false,
    user: {},
  });
});

Deno.test("checkServer() takes http and https only", PURE, () => {
  for (const server of ["", "api", "ftp://api", "https//api"]) {
    assertThrows(() => checkServer(server, "--master"), KubeconfigError);
  }
});
