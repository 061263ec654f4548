import type { ClusterAccess, PemSource, UserAccess } from "./access.ts";
import { TransportError } from "./transport.ts";

/** TLS material and headers of one request. */
export interface Credential {
  /** PEM of the server's authorities; absent: the system's. */
  readonly authorities?: string;
  /** PEM of the client certificate; absent: none. */
  readonly certificate?: string;
  /** PEM of its private key; absent: none. */
  readonly key?: string;
  /** Authorization and impersonation. Secret: never to be logged. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Of `@kubernetes/client-node`: its exec and OIDC authenticators. */
interface Authenticator {
  applyAuthentication(user: unknown, options: AuthOptions): Promise<void>;
}

interface AuthOptions {
  readonly headers: Record<string, string>;
  cert?: string;
  key?: string;
}

/**
 * Gives the credential of each request. Files are read each time, since
 * requests are rare: a renewed certificate or rotated token is used by the
 * next one.
 */
export class Credentials {
  readonly #access: ClusterAccess;
  #authenticator: Promise<Authenticator> | undefined;

  /** For one cluster and user. */
  constructor(access: ClusterAccess) {
    this.#access = access;
  }

  /** The credential as it is now; throws a `TransportError`. */
  async current(): Promise<Credential> {
    const { authorities, user } = this.#access;
    const options: AuthOptions = { headers: {} };
    await this.#authenticate(options);
    const token = await tokenOf(user);
    if (token !== undefined) options.headers.Authorization = `Bearer ${token}`;
    else if (user.basic !== undefined) {
      const { username, password } = user.basic;
      const pair = btoa(`${username}:${password}`);
      options.headers.Authorization = `Basic ${pair}`;
    }
    if (user.impersonate !== undefined) {
      options.headers["Impersonate-User"] = user.impersonate;
    }
    const ca = await pemOf(authorities, "certificate authorities");
    const certificate = options.cert ??
      await pemOf(user.certificate, "client certificate");
    const key = options.key ?? await pemOf(user.key, "client key");
    return {
      ...(ca === undefined ? {} : { authorities: ca }),
      ...(certificate === undefined ? {} : { certificate }),
      ...(key === undefined ? {} : { key }),
      headers: options.headers,
    };
  }

  /** The server said 401: what a plugin has in memory is not used again. */
  invalidate(): void {
    if (this.#access.user.plugin?.kind === "exec") {
      this.#authenticator = undefined;
    }
  }

  async #authenticate(options: AuthOptions): Promise<void> {
    const plugin = this.#access.user.plugin;
    if (plugin === undefined) return;
    this.#authenticator ??= loadAuthenticator(plugin.kind);
    try {
      const authenticator = await this.#authenticator;
      await authenticator.applyAuthentication(plugin.user, options);
    } catch (error) {
      this.#authenticator = undefined;
      throw new TransportError(
        `Cannot get a credential by ${plugin.kind}: ${pluginError(error)}`,
        { cause: error },
      );
    }
  }
}

/**
 * Loaded only when the kubeconfig asks for it: OIDC brings all of the
 * library, 75 MB and half a second; exec next to nothing.
 */
async function loadAuthenticator(
  kind: "exec" | "oidc",
): Promise<Authenticator> {
  if (kind === "exec") {
    const { ExecAuth } = await import(
      "@kubernetes/client-node/dist/exec_auth.js"
    );
    return new ExecAuth() as unknown as Authenticator;
  }
  const { OpenIDConnectAuth } = await import(
    "@kubernetes/client-node/dist/oidc_auth.js"
  );
  return new OpenIDConnectAuth() as unknown as Authenticator;
}

/** First line only: a plugin may print anything. */
function pluginError(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text.trim().split("\n")[0] ?? "";
  return line === "" ? "it failed without a message" : line.slice(0, 200);
}

async function tokenOf(user: UserAccess): Promise<string | undefined> {
  if (user.tokenFile === undefined) return user.token;
  const token = (await readFile(user.tokenFile, "token")).trim();
  if (token !== "") return token;
  throw new TransportError(
    `Cannot use the token: ${user.tokenFile} is empty`,
  );
}

function pemOf(
  source: PemSource | undefined,
  what: string,
): Promise<string> | undefined {
  if (source === undefined) return undefined;
  return source.kind === "inline"
    ? Promise.resolve(source.pem)
    : readFile(source.path, what);
}

async function readFile(path: string, what: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    const why = error instanceof Deno.errors.NotFound
      ? "no such file"
      : error instanceof Error
      ? error.name
      : "unreadable";
    throw new TransportError(
      `Cannot read the ${what} from ${path}: ${why} (trying again)`,
    );
  }
}
