/** PEM text, or the file that has it; the file is read for each request. */
export type PemSource =
  | { readonly kind: "inline"; readonly pem: string }
  | { readonly kind: "file"; readonly path: string };

/** What proves who we are. */
export interface UserAccess {
  /** Client certificate; absent: none. */
  readonly certificate?: PemSource;
  /** Its private key; absent: none. */
  readonly key?: PemSource;
  /** Bearer token; absent: none. */
  readonly token?: string;
  /** File of the bearer token, read for each request; absent: none. */
  readonly tokenFile?: string;
  /** Name and password of basic authentication; absent: none. */
  readonly basic?: { readonly username: string; readonly password: string };
  /** User to act as; absent: oneself. */
  readonly impersonate?: string;
  /**
   * The user as `@kubernetes/client-node` reads it, for its exec and OIDC
   * authenticators; absent: neither is needed.
   */
  readonly plugin?: {
    readonly kind: "exec" | "oidc";
    readonly user: Readonly<Record<string, unknown>>;
  };
}

/** Where the API server is, and how to speak with it. */
export interface ClusterAccess {
  /** URL without a slash at its end: "https://10.0.0.1:6443". */
  readonly server: string;
  /** Authorities of the server's certificate; absent: the system's. */
  readonly authorities?: PemSource;
  /** The server's certificate is not checked. */
  readonly skipTlsVerify: boolean;
  /** Name that its certificate must have; absent: the URL's. */
  readonly tlsServerName?: string;
  /** Proxy to reach it by; absent: none. */
  readonly proxyUrl?: string;
  /** Not by a proxy, though the environment names one; absent: false. */
  readonly isDirect?: boolean;
  /** Who we are. */
  readonly user: UserAccess;
}

/** Where a pod finds its credentials. */
export interface InClusterOptions {
  /** `KUBERNETES_SERVICE_HOST`. */
  readonly host: string;
  /** `KUBERNETES_SERVICE_PORT`. */
  readonly port: string;
  /** Folder of token and authorities; absent: the usual one. */
  readonly directory?: string;
  /** Server URL that goes before host and port; absent: none. */
  readonly master?: string;
}

/** Where Kubernetes mounts the credentials of a pod. */
export const SERVICE_ACCOUNT_DIRECTORY =
  "/var/run/secrets/kubernetes.io/serviceaccount";

/** The kubeconfig cannot be used; the message says why and what to do. */
export class KubeconfigError extends Error {
  /** Its name. */
  override readonly name: string = "KubeconfigError";
}

/** Access of a pod by its service account. */
export function inClusterAccess(options: InClusterOptions): ClusterAccess {
  const { host, port, master } = options;
  const directory = options.directory ?? SERVICE_ACCOUNT_DIRECTORY;
  if (master === undefined && (host === "" || port === "")) {
    throw new KubeconfigError(
      "Cannot find the API server: not in a pod (KUBERNETES_SERVICE_HOST " +
        "and KUBERNETES_SERVICE_PORT are not set); name a kubeconfig " +
        "(--kubeconfig FILE) or a server (--master URL)",
    );
  }
  const address = host.includes(":") ? `[${host}]` : host;
  return {
    server: checkServer(master ?? `https://${address}:${port}`, "in-cluster"),
    authorities: { kind: "file", path: `${directory}/ca.crt` },
    skipTlsVerify: false,
    user: { tokenFile: `${directory}/token` },
  };
}

/**
 * Access by a URL alone (`--master` without a kubeconfig): without
 * credentials.
 */
export function serverAccess(server: string): ClusterAccess {
  return {
    server: checkServer(server, "--master"),
    skipTlsVerify: false,
    user: {},
  };
}

/** Checks the URL of a server; `origin` says where it is from. */
export function checkServer(server: string, origin: string): string {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url?.protocol === "https:" || url?.protocol === "http:") {
    return server.replace(/\/+$/, "");
  }
  throw new KubeconfigError(
    `Cannot use server ${JSON.stringify(server)} (${origin}): it is no URL; ` +
      'expected "https://HOST:PORT"',
  );
}
