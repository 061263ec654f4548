import {
  checkServer,
  type ClusterAccess,
  KubeconfigError,
  type PemSource,
  type UserAccess,
} from "./access.ts";
import {
  newClusters,
  newContexts,
  newUsers,
} from "@kubernetes/client-node/dist/config_types.js";
import { checkProxy } from "./proxy.ts";
import { parse, YAMLParseError } from "yaml";

/** How a kubeconfig is read. */
export interface KubeconfigOptions {
  /** Name of the file, for messages and relative paths. */
  readonly path: string;
  /** Server URL that goes before the file's (`--master`); absent: none. */
  readonly master?: string;
}

/** Reads a kubeconfig; throws a `KubeconfigError`. */
export function parseKubeconfig(
  text: string,
  options: KubeconfigOptions,
): ClusterAccess {
  const { path, master } = options;
  const config = parseDocument(text, path);
  const contextName = config["current-context"];
  const context = find(contextsOf(config, path), contextName);
  if (context === undefined) {
    throw new KubeconfigError(
      `Cannot use kubeconfig ${path}: its current-context ` +
        `${JSON.stringify(contextName ?? "")} is not among its contexts`,
    );
  }
  const cluster = find(clustersOf(config, path), context.cluster);
  if (cluster === undefined) {
    throw new KubeconfigError(
      `Cannot use kubeconfig ${path}: cluster ` +
        `${JSON.stringify(context.cluster)} of its current-context is missing`,
    );
  }
  const user = find(usersOf(config, path), context.user);
  if (context.user !== undefined && user === undefined) {
    throw new KubeconfigError(
      `Cannot use kubeconfig ${path}: user ` +
        `${JSON.stringify(context.user)} of its current-context is missing`,
    );
  }
  const directory = path.replace(/[^/]*$/, "");
  return {
    server: checkServer(master ?? cluster.server, path),
    ...optional("authorities", pem(cluster.caFile, cluster.caData, directory)),
    skipTlsVerify: cluster.skipTLSVerify === true,
    ...optional("tlsServerName", cluster.tlsServerName),
    ...optional(
      "proxyUrl",
      cluster.proxyUrl ? checkProxy(cluster.proxyUrl, path) : undefined,
    ),
    user: user === undefined
      ? {}
      : userAccess(user, { config, directory, cluster }),
  };
}

type Json = Readonly<Record<string, unknown>>;
type Cluster = ReturnType<typeof newClusters>[number];
type User = ReturnType<typeof newUsers>[number];
type Context = ReturnType<typeof newContexts>[number];

function parseDocument(text: string, path: string): Json {
  let config: unknown;
  try {
    config = parse(text);
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    // The parser's message quotes the text, which has secrets.
    const line = error.linePos?.[0].line;
    throw new KubeconfigError(
      `Cannot read kubeconfig ${path}: it is no YAML` +
        (line === undefined ? "" : ` (line ${line})`),
    );
  }
  if (typeof config !== "object" || config === null) {
    throw new KubeconfigError(`Cannot read kubeconfig ${path}: it is empty`);
  }
  return config as Json;
}

function clustersOf(config: Json, path: string): readonly Cluster[] {
  return entries(path, () => newClusters(config.clusters));
}

function usersOf(config: Json, path: string): readonly User[] {
  return entries(path, () => newUsers(config.users));
}

function contextsOf(config: Json, path: string): readonly Context[] {
  return entries(path, () => newContexts(config.contexts));
}

function entries<Entry>(
  path: string,
  read: () => readonly Entry[],
): readonly Entry[] {
  try {
    return read();
  } catch (error) {
    const why = error instanceof Error ? error.message : "malformed";
    throw new KubeconfigError(`Cannot use kubeconfig ${path}: ${why}`);
  }
}

function find<Entry extends { readonly name: string }>(
  list: readonly Entry[],
  name: unknown,
): Entry | undefined {
  return list.find((entry) => entry.name === name);
}

interface UserSource {
  readonly config: Json;
  readonly directory: string;
  readonly cluster: Cluster;
}

function userAccess(user: User, source: UserSource): UserAccess {
  const { directory } = source;
  // The library knows no `tokenFile`, though kubectl writes it.
  const tokenFile = rawUser(source.config, user.name).tokenFile;
  const { username, password, token, impersonateUser } = user;
  return {
    ...optional("certificate", pem(user.certFile, user.certData, directory)),
    ...optional("key", pem(user.keyFile, user.keyData, directory)),
    ...optional("token", token),
    ...optional(
      "tokenFile",
      typeof tokenFile === "string" && tokenFile !== ""
        ? absolute(tokenFile, directory)
        : undefined,
    ),
    ...optional(
      "basic",
      username ? { username, password: password ?? "" } : undefined,
    ),
    ...optional("impersonate", impersonateUser),
    ...optional("plugin", pluginOf(user, source)),
  };
}

function rawUser(config: Json, name: string): Json {
  const users = Array.isArray(config.users) ? config.users : [];
  const found = users.find((entry) => entry?.name === name);
  return found?.user ?? {};
}

function pluginOf(user: User, source: UserSource): UserAccess["plugin"] {
  if (user.exec) {
    return { kind: "exec", user: { ...user, exec: execOf(user.exec, source) } };
  }
  const provider = user.authProvider?.name;
  if (provider === undefined) return undefined;
  if (provider === "oidc") return { kind: "oidc", user: { ...user } };
  throw new KubeconfigError(
    `Cannot use auth-provider ${JSON.stringify(provider)} of user ` +
      `${JSON.stringify(user.name)}: Kubernetes removed it; use exec`,
  );
}

/** What client-go hands to the command and the library does not. */
function execOf(exec: Json, { directory, cluster }: UserSource): Json {
  const command = typeof exec.command === "string" ? exec.command : "";
  const info = {
    kind: "ExecCredential",
    apiVersion: exec.apiVersion,
    spec: {
      interactive: false,
      ...(exec.provideClusterInfo === true
        ? {
          cluster: {
            server: cluster.server,
            "certificate-authority-data": cluster.caData,
            "insecure-skip-tls-verify": cluster.skipTLSVerify,
            "tls-server-name": cluster.tlsServerName,
            "proxy-url": cluster.proxyUrl,
          },
        }
        : {}),
    },
  };
  const env = Array.isArray(exec.env) ? exec.env : [];
  const value = JSON.stringify(info);
  return {
    ...exec,
    command: command.includes("/") ? absolute(command, directory) : command,
    env: [...env, { name: "KUBERNETES_EXEC_INFO", value }],
  };
}

function pem(
  file: string | undefined,
  data: string | undefined,
  directory: string,
): PemSource | undefined {
  if (data) return { kind: "inline", pem: decodeBase64(data) };
  return file ? { kind: "file", path: absolute(file, directory) } : undefined;
}

function decodeBase64(data: string): string {
  try {
    return atob(data.trim());
  } catch {
    throw new KubeconfigError(
      "Cannot use the kubeconfig: certificate or key data is no base64",
    );
  }
}

function absolute(path: string, directory: string): string {
  return path.startsWith("/") ? path : `${directory}${path}`;
}

function optional<Name extends string, Value>(
  name: Name,
  value: Value | null | undefined | "",
): { readonly [Key in Name]?: Value } {
  return value === undefined || value === null || value === ""
    ? {}
    : { [name]: value } as { readonly [Key in Name]?: Value };
}
