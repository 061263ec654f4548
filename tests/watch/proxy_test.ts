import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { KubeconfigError } from "../../mod/watch/access.ts";
import {
  checkProxy,
  leaveOut,
  nameProxy,
  namesProxy,
  proxyFromEnvironment,
} from "../../mod/watch/proxy.ts";

const PURE = { permissions: "none" } as const;
const PROXY = "http://proxy:3128";

/** What Go's net/http makes of the same. */
const CASES: readonly {
  readonly server?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly proxy: string | undefined;
}[] = [
  { env: {}, proxy: undefined },
  { env: { HTTPS_PROXY: PROXY }, proxy: PROXY },
  { env: { https_proxy: PROXY }, proxy: PROXY },
  { env: { HTTPS_PROXY: "proxy:3128" }, proxy: PROXY },
  { env: { HTTP_PROXY: PROXY }, proxy: undefined },
  { env: { ALL_PROXY: PROXY }, proxy: undefined },
  { server: "http://api:80", env: { HTTP_PROXY: PROXY }, proxy: PROXY },
  {
    server: "https://127.0.0.1:6443",
    env: { HTTPS_PROXY: PROXY },
    proxy: undefined,
  },
  {
    server: "https://[::1]:6443",
    env: { HTTPS_PROXY: PROXY },
    proxy: undefined,
  },
  {
    server: "https://localhost:6443",
    env: { HTTPS_PROXY: PROXY },
    proxy: undefined,
  },
  { env: { HTTPS_PROXY: PROXY, NO_PROXY: "*" }, proxy: undefined },
  { env: { HTTPS_PROXY: PROXY, no_proxy: "x, example.com" }, proxy: undefined },
  { env: { HTTPS_PROXY: PROXY, NO_PROXY: ".example.com" }, proxy: undefined },
  { env: { HTTPS_PROXY: PROXY, NO_PROXY: "*.example.com" }, proxy: undefined },
  {
    env: { HTTPS_PROXY: PROXY, NO_PROXY: "api.example.com:6443" },
    proxy: undefined,
  },
  {
    env: { HTTPS_PROXY: PROXY, NO_PROXY: "api.example.com:443" },
    proxy: PROXY,
  },
  {
    env: { HTTPS_PROXY: PROXY, NO_PROXY: "ample.com,com.example" },
    proxy: PROXY,
  },
  {
    server: "https://10.1.2.3:6443",
    env: { HTTPS_PROXY: PROXY, NO_PROXY: "10.0.0.0/8" },
    proxy: undefined,
  },
  {
    server: "https://10.1.2.3:6443",
    env: { HTTPS_PROXY: PROXY, NO_PROXY: "10.1.2.3" },
    proxy: undefined,
  },
  {
    server: "https://10.1.2.3:6443",
    env: { HTTPS_PROXY: PROXY, NO_PROXY: "10.1.2.4,fd00::/8,10.1.3.0/24" },
    proxy: PROXY,
  },
  {
    server: "https://[fd00::1]:6443",
    env: { HTTPS_PROXY: PROXY, NO_PROXY: "[fd00::1]:6443" },
    proxy: undefined,
  },
  {
    server: "https://[fd00::1]:6443",
    env: { HTTPS_PROXY: PROXY, NO_PROXY: "fd00::/64" },
    proxy: undefined,
  },
];

Deno.test("proxyFromEnvironment() reads variables as Go does", PURE, () => {
  for (const one of CASES) {
    const { server = "https://api.example.com:6443", env, proxy } = one;
    assertEquals(
      proxyFromEnvironment(server, (name) => env[name]),
      proxy,
      JSON.stringify(one),
    );
  }
});

Deno.test(
  "checkProxy() refuses what is no proxy and tells no secret",
  PURE,
  () => {
    for (const proxy of ["ftp://user:secret@proxy", "http://", "http://a b"]) {
      const { message } = assertThrows(
        () => checkProxy(proxy, "F"),
        KubeconfigError,
      );
      assertMatch(message, /^Cannot use the proxy that F names: it is no URL/);
      assert(!message.includes("secret"));
    }
    assertEquals(checkProxy("socks5://p:1080", "F"), "socks5://p:1080");
  },
);

Deno.test("namesProxy() and leaveOut() keep fetch from a proxy", PURE, () => {
  const env = new Map([["NO_PROXY", "example.com"]]);
  const store = {
    get: (name: string) => env.get(name),
    set: (name: string, value: string) => void env.set(name, value),
  };
  assert(!namesProxy(store.get));
  assert(namesProxy((name) => name === "all_proxy" ? PROXY : undefined));
  leaveOut("https://[fd00::1]:6443", store);
  leaveOut("https://[fd00::1]:6443", store);
  assertEquals([...env], [
    ["NO_PROXY", "example.com,fd00::1"],
    ["no_proxy", "fd00::1"],
  ]);
});

Deno.test("nameProxy() leaves out the password", PURE, () => {
  assertEquals(
    nameProxy("http://user:secret@proxy:3128/"),
    "http://proxy:3128",
  );
});
