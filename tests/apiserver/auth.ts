/**
 * Who asks, and whether they may.
 *
 * @module
 */

/** Who asks. */
export interface User {
  /** User name. */
  readonly name: string;
  /** Groups. */
  readonly groups: readonly string[];
}

/** What is asked, for a rule of {@linkcode AuthOptions}. */
export interface AccessRequest {
  /** Who asks. */
  readonly user: User;
  /** "get", "list", "watch", "create", … */
  readonly verb: string;
  /** Plural of the kind; empty for other paths. */
  readonly resource: string;
  /** API group. */
  readonly group: string;
  /** Path. */
  readonly path: string;
}

/** Who is let in. */
export interface AuthOptions {
  /** Bearer tokens and their users; may be changed while the server runs. */
  readonly tokens?: Map<string, User>;
  /** Common names whose client certificates are revoked; may be changed. */
  readonly revoked?: Set<string>;
  /** Whether requests without a credential may do everything. */
  readonly anonymousIsAdmin?: boolean;
  /** Further rule; absent: every known user may do everything. */
  readonly mayDo?: (request: AccessRequest) => boolean;
}

/** The user of requests without a credential. */
export const ANONYMOUS: User = {
  name: "system:anonymous",
  groups: ["system:unauthenticated"],
};

/** What a connection shows of its client. */
export interface Credentials {
  /** `Authorization` header. */
  readonly authorization: string | undefined;
  /** Subject of the client's certificate, when it showed one. */
  readonly certificate?: {
    readonly commonName: string;
    readonly organizations: readonly string[];
    /** Whether our CA signed it and it is in date. */
    readonly isValid: boolean;
  };
}

/** Who asks; undefined when the credential is not valid (401). */
export function authenticate(
  credentials: Credentials,
  options: AuthOptions,
): User | undefined {
  const { certificate, authorization } = credentials;
  if (certificate !== undefined) {
    const isRevoked = options.revoked?.has(certificate.commonName) ?? false;
    if (!certificate.isValid || isRevoked) return undefined;
    return {
      name: certificate.commonName,
      groups: [...certificate.organizations, "system:authenticated"],
    };
  }
  if (authorization === undefined) return ANONYMOUS;
  const token = /^Bearer\s+(\S+)$/i.exec(authorization)?.[1];
  return token === undefined ? undefined : options.tokens?.get(token);
}

/** Paths that need no credential. */
const OPEN = /^\/(version|healthz|livez|readyz)(\/|$)/;

/** Whether a user may do it. */
export function isAllowed(
  request: AccessRequest,
  options: AuthOptions,
): boolean {
  if (OPEN.test(request.path)) return true;
  if (request.user === ANONYMOUS && options.anonymousIsAdmin !== true) {
    return false;
  }
  return options.mayDo?.(request) ?? true;
}
