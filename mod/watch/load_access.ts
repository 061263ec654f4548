import {
  type ClusterAccess,
  inClusterAccess,
  KubeconfigError,
  serverAccess,
} from "./access.ts";
import { parseKubeconfig } from "./kubeconfig.ts";

/** What flags and configuration say about the API server. */
export interface AccessSettings {
  /** File (`--kubeconfig`); absent: none. */
  readonly kubeconfig?: string;
  /** Server URL that goes before all others (`--master`); absent: none. */
  readonly master?: string;
  /** `KUBERNETES_SERVICE_HOST`; absent: not in a pod. */
  readonly serviceHost?: string;
  /** `KUBERNETES_SERVICE_PORT`; absent: not in a pod. */
  readonly servicePort?: string;
}

/**
 * Finds the API server and the credential: the kubeconfig if there is one,
 * else the service account of the pod, else `--master` alone. Throws a
 * `KubeconfigError` that says what to do.
 */
export async function loadAccess(
  settings: AccessSettings,
): Promise<ClusterAccess> {
  const { kubeconfig, master, serviceHost = "", servicePort = "" } = settings;
  const override = master === undefined ? {} : { master };
  if (kubeconfig !== undefined) {
    const text = await readKubeconfig(kubeconfig);
    return parseKubeconfig(text, { path: kubeconfig, ...override });
  }
  const inPod = serviceHost !== "" && servicePort !== "";
  if (master !== undefined && !inPod) return serverAccess(master);
  return inClusterAccess({ host: serviceHost, port: servicePort, ...override });
}

async function readKubeconfig(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    const why = error instanceof Deno.errors.NotFound
      ? "no such file"
      : error instanceof Error
      ? error.message
      : "unreadable";
    throw new KubeconfigError(`Cannot read kubeconfig ${path}: ${why}`);
  }
}
