/**
 * Kubeconfig files for clients of the stand-in.
 *
 * @module
 */
import { stringify } from "yaml";
import type { KeyPair } from "./certificates.ts";

/** What a kubeconfig says. */
export interface KubeconfigOptions {
  /** Address of the server, such as "https://127.0.0.1:6443". */
  readonly server: string;
  /** CA of the server, as PEM; absent for plain HTTP. */
  readonly ca?: string;
  /** Client certificate. */
  readonly client?: KeyPair;
  /** Bearer token. */
  readonly token?: string;
}

function base64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}

/** The text of a kubeconfig that holds everything inline. */
export function kubeconfig(options: KubeconfigOptions): string {
  const { server, ca, client, token } = options;
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{
      name: "stand-in",
      cluster: {
        server,
        ...(ca === undefined
          ? {}
          : { "certificate-authority-data": base64(ca) }),
      },
    }],
    users: [{
      name: "user",
      user: {
        ...(client === undefined ? {} : {
          "client-certificate-data": base64(client.cert),
          "client-key-data": base64(client.key),
        }),
        ...(token === undefined ? {} : { token }),
      },
    }],
    contexts: [{
      name: "stand-in",
      context: { cluster: "stand-in", user: "user" },
    }],
    "current-context": "stand-in",
  });
}
