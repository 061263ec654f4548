/** What a message of the TLS library means, and what to do. */
interface Explanation {
  readonly pattern: RegExp;
  readonly meaning: string;
}

const EXPLANATIONS: readonly Explanation[] = [
  {
    pattern: /UnsupportedCertVersion/,
    meaning: "a certificate is X.509 version 1, which is not supported; " +
      "issue it as version 3 (with openssl: give -extfile or -addext)",
  },
  {
    pattern: /peer certificate: .*(Signature|SignatureAlgorithm)/i,
    meaning: "the server's certificate, or its authority's, is signed in a " +
      "way that is not safe, such as by SHA-1 or an RSA key below 2048 bits; " +
      "issue it anew with SHA-256",
  },
  {
    pattern: /UnknownIssuer|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|self.signed/,
    meaning: "the server's certificate is not from an authority that the " +
      "kubeconfig names; check certificate-authority(-data)",
  },
  {
    pattern: /NotValidForName|ALTNAME_INVALID/,
    meaning: "the server's certificate is for another name; use an address " +
      "that it names, or set tls-server-name",
  },
  {
    pattern: /peer certificate: (certificate e|E)xpired|CERT_HAS_EXPIRED/,
    meaning: "the server's certificate has expired, or this node's clock is " +
      "wrong",
  },
  {
    pattern: /NotValidYet|certificate not valid yet|CERT_NOT_YET_VALID/,
    meaning: "the server's certificate is not valid yet: this node's clock " +
      "may be wrong",
  },
  {
    pattern: /CaUsedAsEndEntity/,
    meaning: "the server's certificate is marked as an authority; issue it " +
      "with basicConstraints CA:FALSE",
  },
  {
    pattern: /alert: ?CertificateExpired/i,
    meaning: "the server says that the client certificate has expired; " +
      "renew it (the file is read again for each request)",
  },
  {
    pattern: /alert: ?(BadCertificate|CertificateUnknown|UnknownCA)/i,
    meaning: "the server does not accept the client certificate; check that " +
      "its authority is the server's client authority",
  },
  {
    pattern: /alert: ?CertificateRequired/i,
    meaning: "the server wants a client certificate; name one in the " +
      "kubeconfig",
  },
  {
    pattern: /key too small|parse private key|UnsupportedSignature/,
    meaning: "the client key is not supported: expected RSA of at least " +
      "2048 bits, ECDSA P-256 or P-384, or Ed25519, in PEM without a password",
  },
  {
    pattern: /KeyMismatch|key values mismatch/,
    meaning: "the client key does not belong to the client certificate",
  },
  {
    pattern: /No certificates found|PEM|no start line/,
    meaning: "a certificate is no PEM text",
  },
  {
    pattern: /InvalidContentType|wrong version number/,
    meaning: "it does not speak TLS; is the URL http rather than https?",
  },
  {
    pattern: /Connection refused|ECONNREFUSED/,
    meaning: "connection refused: nothing listens there",
  },
  {
    pattern: /failed to lookup address|dns error|ENOTFOUND|EAI_AGAIN/,
    meaning: "its name cannot be resolved",
  },
  {
    pattern: /Network is unreachable|No route to host|ENETUNREACH|EHOSTUNREACH/,
    meaning: "there is no route to it",
  },
  {
    pattern: /reading a body|connection closed|ECONNRESET|reset by peer/,
    meaning: "the connection broke off",
  },
  {
    pattern: /invalid HTTP version/,
    meaning: "it does not speak plain HTTP; is the URL https rather than http?",
  },
  { pattern: /timed out|ETIMEDOUT/, meaning: "the connection timed out" },
  {
    pattern: /Requires net access/,
    meaning: "this process may not connect there; allow it (--allow-net)",
  },
];

/** A sentence for what fetch or node:tls threw. Never has a secret. */
export function explainConnection(server: string, error: unknown): string {
  const text = textOf(error);
  const known = EXPLANATIONS.find(({ pattern }) => pattern.test(text));
  const why = known === undefined ? text.slice(0, 300) : known.meaning;
  return `Cannot reach the API server ${server}: ${why}`;
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? `${String(error.code)} ` : "";
  const cause = error.cause === undefined ? "" : `: ${textOf(error.cause)}`;
  return `${error.name} ${code}${error.message}${cause}`;
}
