import ipaddr from "ipaddr.js";
import { KubeconfigError } from "./access.ts";

/** Value of an environment variable; undefined: not set. */
export type Environment = (name: string) => string | undefined;

const SCHEMES = ["http:", "https:", "socks5:", "socks5h:"];

/**
 * The proxy that the environment names for a server, read as Go's net/http
 * does and so all of Kubernetes: HTTPS_PROXY or HTTP_PROXY by the server's
 * scheme, unless NO_PROXY names it or it is this host. Undefined: none.
 */
export function proxyFromEnvironment(
  server: string,
  env: Environment,
): string | undefined {
  const { protocol, hostname, port } = new URL(server);
  const name = protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const proxy = read(env, name);
  if (proxy === "") return undefined;
  const host = hostname.replace(/^\[|\]$/g, "");
  const target = { host, port: port || (protocol === "https:" ? "443" : "80") };
  if (isThisHost(host)) return undefined;
  const isLeftOut = read(env, "NO_PROXY").split(",")
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== "" && leavesOut(entry, target));
  return isLeftOut ? undefined : checkProxy(proxy, name);
}

/** Whether the environment names a proxy, for whatever server. */
export function namesProxy(env: Environment): boolean {
  return ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"].some((name) =>
    read(env, name) !== ""
  );
}

/**
 * Keeps fetch, which reads the environment in its own way, from a proxy for
 * one server, by NO_PROXY of this process.
 */
export function leaveOut(
  server: string,
  env: Pick<typeof Deno.env, "get" | "set">,
): void {
  const host = new URL(server).hostname.replace(/^\[|\]$/g, "");
  for (const name of ["NO_PROXY", "no_proxy"]) {
    const entries = (env.get(name) ?? "").split(",").filter((one) => one);
    if (!entries.includes(host)) env.set(name, [...entries, host].join(","));
  }
}

/**
 * Checks the URL of a proxy; `origin` says where it is from.
 *
 * @throws {KubeconfigError} when it is no proxy's
 */
export function checkProxy(proxy: string, origin: string): string {
  const text = proxy.includes("://") ? proxy : `http://${proxy}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && SCHEMES.includes(url.protocol) && url.host !== "") {
    return text;
  }
  throw new KubeconfigError(
    `Cannot use the proxy that ${origin} names: it is no URL; ` +
      'expected "http://HOST:PORT", https or socks5',
  );
}

/** A proxy for messages: without the password that its URL may have. */
export function nameProxy(proxy: string): string {
  const { protocol, host } = new URL(proxy);
  return `${protocol}//${host}`;
}

function read(env: Environment, name: string): string {
  return (env(name) || env(name.toLowerCase()) || "").trim();
}

function isThisHost(host: string): boolean {
  if (host === "localhost") return true;
  return ipaddr.isValid(host) && ipaddr.process(host).range() === "loopback";
}

interface Target {
  readonly host: string;
  readonly port: string;
}

/** One entry of NO_PROXY: "*", a network, an address, or a domain. */
function leavesOut(entry: string, { host, port }: Target): boolean {
  if (entry === "*") return true;
  if (ipaddr.isValidCIDR(entry)) return isWithin(host, entry);
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::([0-9]+))?$/.exec(entry);
  const name = match?.[1] ?? match?.[2] ?? entry;
  if (match?.[3] !== undefined && match[3] !== port) return false;
  if (ipaddr.isValid(name)) {
    return ipaddr.isValid(host) &&
      ipaddr.process(host).toString() === ipaddr.process(name).toString();
  }
  const domain = name.replace(/^\*(?=\.)/, "");
  return domain.startsWith(".")
    ? host.endsWith(domain)
    : host === domain || host.endsWith(`.${domain}`);
}

function isWithin(host: string, cidr: string): boolean {
  if (!ipaddr.isValid(host)) return false;
  const address = ipaddr.process(host);
  const [network, bits] = ipaddr.parseCIDR(cidr);
  return address.kind() === network.kind() && address.match(network, bits);
}
