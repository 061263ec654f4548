import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { stringify } from "yaml";
import { type ClusterAccess, KubeconfigError } from "../../mod/watch/access.ts";
import { parseKubeconfig } from "../../mod/watch/kubeconfig.ts";
import { lacks } from "../support/permission.ts";

/** The YAML library asks for these two variables. */
const ENV = ["LOG_TOKENS", "LOG_STREAM"];
const YAML = {
  ignore: lacks(
    "parseKubeconfig()",
    ...ENV.map((variable) => ({ name: "env", variable }) as const),
  ),
};

function config(cluster: object, user: object): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "here",
    contexts: [
      { name: "other", context: { cluster: "other", user: "other" } },
      { name: "here", context: { cluster: "c", user: "u" } },
    ],
    clusters: [{
      name: "c",
      cluster: { server: "https://api:6443", ...cluster },
    }],
    users: [{ name: "u", user }],
  });
}

function read(cluster: object, user: object, master?: string): ClusterAccess {
  return parseKubeconfig(config(cluster, user), {
    path: "/etc/kubernetes/kubelet.conf",
    ...(master === undefined ? {} : { master }),
  });
}

const PEM = "-----BEGIN CERTIFICATE-----\n";

/** Each way that a kubeconfig names something, and what becomes of it. */
const CASES: readonly {
  readonly name: string;
  readonly cluster?: object;
  readonly user?: object;
  readonly expected: Partial<ClusterAccess>;
}[] = [
  {
    name: "inline authorities",
    cluster: { "certificate-authority-data": btoa(PEM) },
    expected: { authorities: { kind: "inline", pem: PEM } },
  },
  {
    name: "a file of authorities, relative to the kubeconfig",
    cluster: { "certificate-authority": "pki/ca.crt" },
    expected: {
      authorities: { kind: "file", path: "/etc/kubernetes/pki/ca.crt" },
    },
  },
  {
    name: "inline data before files, as client-go has it",
    cluster: {
      "certificate-authority": "/ca.crt",
      "certificate-authority-data": btoa(PEM),
    },
    expected: { authorities: { kind: "inline", pem: PEM } },
  },
  {
    name: "a server that is not checked, its name and a proxy",
    cluster: {
      server: "https://10.0.0.1:6443/",
      "insecure-skip-tls-verify": true,
      "tls-server-name": "kubernetes",
      "proxy-url": "http://proxy:3128",
    },
    expected: {
      server: "https://10.0.0.1:6443",
      skipTlsVerify: true,
      tlsServerName: "kubernetes",
      proxyUrl: "http://proxy:3128",
    },
  },
  {
    name: "a client certificate in a file that is renewed",
    user: {
      "client-certificate": "/pki/now.pem",
      "client-key": "/pki/now.pem",
    },
    expected: {
      user: {
        certificate: { kind: "file", path: "/pki/now.pem" },
        key: { kind: "file", path: "/pki/now.pem" },
      },
    },
  },
  {
    name: "a token",
    user: { token: "t" },
    expected: { user: { token: "t" } },
  },
  {
    name: "a file of a token",
    user: { tokenFile: "token" },
    expected: { user: { tokenFile: "/etc/kubernetes/token" } },
  },
  {
    name: "a name and a password",
    user: { username: "n", password: "p" },
    expected: { user: { basic: { username: "n", password: "p" } } },
  },
  {
    name: "another user to act as",
    user: { token: "t", as: "system:kube-proxy" },
    expected: { user: { token: "t", impersonate: "system:kube-proxy" } },
  },
];

Deno.test.each(CASES)(
  "parseKubeconfig() reads $name",
  YAML,
  ({ cluster = {}, user = {}, expected }) => {
    assertEquals(read(cluster, user), {
      server: "https://api:6443",
      skipTlsVerify: false,
      user: {},
      ...expected,
    });
  },
);

Deno.test(
  "parseKubeconfig() puts --master before the file's server",
  YAML,
  () => {
    assertEquals(
      read({}, {}, "https://10.9.9.9:443").server,
      "https://10.9.9.9:443",
    );
  },
);

Deno.test("parseKubeconfig() hands a plugin what client-go would", YAML, () => {
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1",
    command: "./bin/login",
    args: ["--now"],
    env: [{ name: "A", value: "B" }],
    provideClusterInfo: true,
  };
  const { plugin } = read({}, { exec }).user;
  assertEquals(plugin?.kind, "exec");
  const handed = plugin?.user.exec as {
    command: string;
    env: { name: string; value: string }[];
  };
  assertEquals(handed.command, "/etc/kubernetes/./bin/login");
  assertEquals(handed.env[0], { name: "A", value: "B" });
  assertEquals(handed.env[1]?.name, "KUBERNETES_EXEC_INFO");
  assertEquals(JSON.parse(handed.env[1]?.value ?? ""), {
    kind: "ExecCredential",
    apiVersion: "client.authentication.k8s.io/v1",
    spec: {
      interactive: false,
      cluster: {
        server: "https://api:6443",
        "insecure-skip-tls-verify": false,
      },
    },
  });
});

/** What cannot be used, and what is said. */
const REFUSED: readonly {
  readonly name: string;
  readonly text: string;
  readonly message: RegExp;
}[] = [
  {
    name: "no YAML",
    text: "a: [secret",
    message: /\/k: it is no YAML \(line 1\)$/,
  },
  { name: "an empty file", text: "", message: /it is empty$/ },
  {
    name: "no context",
    text: stringify({ clusters: [], users: [], contexts: [] }),
    message: /its current-context "" is not among its contexts$/,
  },
  {
    name: "a cluster that is missing",
    text: config({}, {}).replace("name: c\n", "name: d\n"),
    message: /cluster "c" of its current-context is missing$/,
  },
  {
    name: "a user that is missing",
    text: config({}, {}).replace("name: u\n", "name: v\n"),
    message: /user "u" of its current-context is missing$/,
  },
  {
    name: "a server that is no URL",
    text: config({ server: "api:6443" }, {}),
    message: /"api:6443".*expected "https:\/\/HOST:PORT"$/,
  },
  {
    name: "a cluster without a server",
    text: config({ server: null }, {}),
    message: /clusters\[0\]\.cluster\.server is missing$/,
  },
  {
    name: "data that is no base64",
    text: config({ "certificate-authority-data": "%secret%" }, {}),
    message: /is no base64$/,
  },
  {
    name: "an auth-provider that Kubernetes removed",
    text: config({}, { "auth-provider": { name: "gcp", config: {} } }),
    message: /auth-provider "gcp".*use exec$/,
  },
];

Deno.test.each(REFUSED)(
  "parseKubeconfig() refuses $name and tells no secret",
  YAML,
  ({ text, message }) => {
    const { message: said } = assertThrows(
      () => parseKubeconfig(text, { path: "/k" }),
      KubeconfigError,
    );
    assertMatch(said, message);
    assertEquals(said.includes("secret") ? "secret" : "", "");
  },
);
