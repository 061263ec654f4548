import type { ClusterAccess, PemSource } from "../../mod/watch/access.ts";
import { openTransport } from "../../mod/watch/api_transport.ts";
import {
  CertificateAuthority,
  type KeyPair,
} from "../apiserver/certificates.ts";
import { lacks, LOOPBACK } from "../support/permission.ts";
import { TinyServer } from "./tiny_server.ts";

/** A server that tells each client what it saw of it, as JSON. */
export interface Mirror {
  /** The server; its first answers can be scripted. */
  readonly server: TinyServer;
  /** Authority of server and clients. */
  readonly authority: CertificateAuthority;
  /** Ends it. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts one with TLS; its certificate names 127.0.0.1 and "kubernetes". */
export async function startMirror(): Promise<Mirror> {
  const authority = await CertificateAuthority.create();
  const pair = await authority.issue({
    commonName: "kube-apiserver",
    names: ["127.0.0.1", "kubernetes"],
  });
  const server = await TinyServer.start({
    ...pair,
    ca: authority.pair.cert,
    requestCert: true,
    rejectUnauthorized: false,
  });
  server.script(({ clientName, headers, method, body }, response) => {
    const { authorization = "", accept } = headers;
    const seen = { clientName, authorization, accept, method, body };
    response.setHeader("Retry-After", "3");
    response.end(JSON.stringify(seen));
  });
  const dispose = () => server[Symbol.asyncDispose]();
  return { server, authority, [Symbol.asyncDispose]: dispose };
}

/** PEM text as a kubeconfig has it. */
export function inline(pem: string): PemSource {
  return { kind: "inline", pem };
}

/** Access to the mirror. */
export function accessTo(
  { server, authority }: Mirror,
  more: Partial<ClusterAccess> = {},
): ClusterAccess {
  return {
    server: server.url,
    authorities: inline(authority.pair.cert),
    skipTlsVerify: false,
    user: {},
    ...more,
  };
}

/** A user with a client certificate. */
export function withCertificate(pair: KeyPair): Partial<ClusterAccess> {
  return { user: { certificate: inline(pair.cert), key: inline(pair.key) } };
}

/** What the server saw of one request, or the message of the error. */
export async function ask(access: ClusterAccess): Promise<string> {
  const transport = await openTransport(access);
  const { signal } = new AbortController();
  try {
    const { status, body } = await transport.send({ path: "/x" }, signal);
    return `${status} ${await textOf(body)}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    transport.close();
  }
}

/** The whole body. */
export async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

/** A test that needs loopback. */
export function testSocket(name: string, body: () => Promise<void>): void {
  Deno.test({ name, ignore: lacks(name, LOOPBACK), fn: body });
}
