import {
  type ClusterAccess,
  inClusterAccess,
  KubeconfigError,
  nameProxy,
  namesProxy,
  parseKubeconfig,
  proxyFromEnvironment,
  serverAccess,
} from "#watch";
import { UsageError } from "./exit_code.ts";
import type { Settings } from "./settings_types.ts";

/** Where credentials may come from. */
export interface CredentialSources {
  /** Text of a file. */
  readFile(path: string): Promise<string>;
  /** Value of an environment variable; undefined: not set. */
  env(name: string): string | undefined;
}

/** How the API server is reached, and what to say about it. */
export interface Connection {
  /** Where it is, and who we are. */
  readonly access: ClusterAccess;
  /** Sentences to log. */
  readonly warnings: readonly string[];
}

const IN_CLUSTER_WARNING =
  "the API server is reached by its Service, which this program itself makes: " +
  "after a reboot it is out of reach; name the control plane's own address by " +
  "a kubeconfig or --master";
const SNAPSHOT_HINT =
  ", or let a snapshot bring that Service back by --state-dir";
const SNAPSHOT_SERVES = "; until then the snapshot of --state-dir serves";

/**
 * Finds the way to the API server: kubeconfig, `--master` alone, or the
 * credentials of the pod.
 *
 * @throws {UsageError} when none of them can be used
 */
export async function connect(
  settings: Pick<Settings, "kubeconfig" | "master" | "stateDir">,
  sources: CredentialSources,
): Promise<Connection> {
  try {
    return withProxy(await find(settings, sources), sources);
  } catch (error) {
    if (error instanceof KubeconfigError) throw new UsageError([error.message]);
    throw error;
  }
}

/** `proxy-url` of a kubeconfig goes before what the environment names. */
function withProxy(
  { access, warnings }: Connection,
  sources: CredentialSources,
): Connection {
  if (access.proxyUrl !== undefined) return { access, warnings };
  const env = (name: string) => sources.env(name);
  const proxyUrl = proxyFromEnvironment(access.server, env);
  if (proxyUrl === undefined) {
    return namesProxy(env)
      ? { access: { ...access, isDirect: true }, warnings }
      : { access, warnings };
  }
  const warning = `the API server is reached through the proxy ` +
    `${nameProxy(proxyUrl)}, as the environment says (HTTPS_PROXY, NO_PROXY)`;
  return { access: { ...access, proxyUrl }, warnings: [...warnings, warning] };
}

async function find(
  settings: Pick<Settings, "kubeconfig" | "master" | "stateDir">,
  sources: CredentialSources,
): Promise<Connection> {
  const { kubeconfig, master, stateDir } = settings;
  const withMaster = master === "" ? {} : { master };
  try {
    if (kubeconfig !== "") {
      const text = await sources.readFile(kubeconfig);
      const access = parseKubeconfig(text, { path: kubeconfig, ...withMaster });
      return { access, warnings: [] };
    }
    const host = sources.env("KUBERNETES_SERVICE_HOST") ?? "";
    const port = sources.env("KUBERNETES_SERVICE_PORT") ?? "";
    if (host === "" && master !== "") {
      return { access: serverAccess(master), warnings: [] };
    }
    const access = inClusterAccess({ host, port, ...withMaster });
    const rest = stateDir === "" ? SNAPSHOT_HINT : SNAPSHOT_SERVES;
    const warnings = master === "" ? [IN_CLUSTER_WARNING + rest] : [];
    return { access, warnings };
  } catch (error) {
    if (error instanceof KubeconfigError) throw error;
    if (!(error instanceof Error)) throw error;
    throw new UsageError([
      `Cannot read kubeconfig ${kubeconfig}: ${error.message}`,
    ]);
  }
}

/**
 * Name of this node: as told, else the host's; lower case, no blanks.
 *
 * @throws {UsageError} when nothing is left of it
 */
export function nodeNameOf(override: string, hostname: () => string): string {
  const name = (override.trim() || hostname()).trim().toLowerCase();
  if (name !== "") return name;
  throw new UsageError([
    "Cannot find this node's name: the host has none; use --hostname-override",
  ]);
}
