import type { ProxyHealth } from "./types.ts";

const TIMEOUT_MS = 2_000;

/**
 * Asks at the port where a proxy tells its health: kube-proxy's and the
 * agent's are the same, unless the configuration names another.
 */
export async function proxyHealth(
  url: string = "http://127.0.0.1:10256/healthz",
): Promise<ProxyHealth> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { signal });
    await response.body?.cancel();
    return response.ok ? "healthy" : "unhealthy";
  } catch {
    return "silent";
  }
}
