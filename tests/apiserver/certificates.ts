/**
 * A small certificate authority for tests and the lab: X.509 v3 with ECDSA
 * P-256, made without any other program.
 *
 * @module
 */
import ipaddr from "ipaddr.js";
import {
  bitString,
  der,
  integer,
  octets,
  oid,
  pem,
  sequence,
  set,
  time,
  utf8,
  yes,
} from "./der.ts";

/** A certificate and its private key, as PEM. */
export interface KeyPair {
  /** The certificate. */
  readonly cert: string;
  /** The private key, PKCS #8. */
  readonly key: string;
}

/** Whom a certificate is for. */
export interface Subject {
  /** Common name: the user, or the server's name. */
  readonly commonName: string;
  /** Organizations: the user's groups. */
  readonly organizations?: readonly string[];
  /** Names and IP addresses of a server; absent: a client certificate. */
  readonly names?: readonly string[];
  /** Valid from; milliseconds since 1970, default an hour ago. */
  readonly fromMs?: number;
  /** Valid until; milliseconds since 1970, default in ten years. */
  readonly untilMs?: number;
  /** X.509 version; absent: 3. Version 1 has no extensions. */
  readonly version?: 1 | 3;
  /** Hash of the signature; absent: SHA-256. */
  readonly hash?: "SHA-1" | "SHA-256";
  /** Bits of an RSA key; absent: ECDSA P-256. */
  readonly rsaBits?: number;
}

const HOUR_MS = 3_600_000;
const TEN_YEARS_MS = 10 * 365 * 24 * HOUR_MS;
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;
const ECDSA_WITH = {
  "SHA-1": sequence(oid("1.2.840.10045.4.1")),
  "SHA-256": sequence(oid("1.2.840.10045.4.3.2")),
};

function nameOf(subject: Subject): Uint8Array {
  const parts = [
    ...(subject.organizations ?? []).map((text) => ["2.5.4.10", text] as const),
    ["2.5.4.3", subject.commonName] as const,
  ];
  return sequence(
    ...parts.map(([type, text]) => set(sequence(oid(type), utf8(text)))),
  );
}

function extension(
  type: string,
  value: Uint8Array,
  options: { readonly critical: boolean } = { critical: false },
): Uint8Array {
  const middle = options.critical ? [yes()] : [];
  return sequence(oid(type), ...middle, octets(value));
}

/** A name of a server: an IP address or a DNS name. */
function alternativeName(name: string): Uint8Array {
  return ipaddr.isValid(name)
    ? der(0x87, new Uint8Array(ipaddr.parse(name).toByteArray()))
    : der(0x82, new TextEncoder().encode(name));
}

function extensionsOf(subject: Subject, isCa: boolean): Uint8Array {
  const { names } = subject;
  const usage = isCa ? 0x06 : 0x80;
  const purpose = names === undefined
    ? "1.3.6.1.5.5.7.3.2"
    : "1.3.6.1.5.5.7.3.1";
  const list = [
    extension(
      "2.5.29.19",
      isCa ? sequence(yes()) : sequence(),
      { critical: true },
    ),
    extension(
      "2.5.29.15",
      der(3, new Uint8Array([isCa ? 1 : 7, usage])),
      { critical: true },
    ),
  ];
  if (!isCa) list.push(extension("2.5.29.37", sequence(oid(purpose))));
  if (names !== undefined) {
    const value = sequence(...names.map(alternativeName));
    list.push(extension("2.5.29.17", value));
  }
  return der(0xa3, sequence(...list));
}

/** ECDSA signatures of Web Crypto are two bare numbers; X.509 wants DER. */
async function signed(
  content: Uint8Array,
  key: CryptoKey,
  hash: keyof typeof ECDSA_WITH,
): Promise<Uint8Array> {
  const raw = new Uint8Array(
    await crypto.subtle.sign(
      { name: "ECDSA", hash },
      key,
      new Uint8Array(content),
    ),
  );
  const signature = sequence(
    integer(raw.subarray(0, 32)),
    integer(raw.subarray(32)),
  );
  return sequence(content, ECDSA_WITH[hash], bitString(signature));
}

interface Issuer {
  readonly name: Uint8Array;
  readonly key: CryptoKey;
}

async function issue(
  subject: Subject,
  issuer: Issuer | undefined,
): Promise<{ readonly pair: KeyPair; readonly key: CryptoKey }> {
  const isExtractable = true;
  const { rsaBits, version = 3, hash = "SHA-256" } = subject;
  const keys = await crypto.subtle.generateKey(
    rsaBits === undefined ? ALGORITHM : {
      name: "RSASSA-PKCS1-v1_5",
      hash: "SHA-256",
      modulusLength: rsaBits,
      publicExponent: new Uint8Array([1, 0, 1]),
    },
    isExtractable,
    ["sign", "verify"],
  ) as CryptoKeyPair;
  const publicKey = await crypto.subtle.exportKey("spki", keys.publicKey);
  const privateKey = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  const { fromMs = Date.now() - HOUR_MS } = subject;
  const { untilMs = Date.now() + TEN_YEARS_MS } = subject;
  const serial = crypto.getRandomValues(new Uint8Array(15));
  const content = sequence(
    ...(version === 1 ? [] : [der(0xa0, integer(new Uint8Array([2])))]),
    integer(serial),
    ECDSA_WITH[hash],
    issuer?.name ?? nameOf(subject),
    sequence(time(fromMs), time(untilMs)),
    nameOf(subject),
    new Uint8Array(publicKey),
    ...(version === 1 ? [] : [extensionsOf(subject, issuer === undefined)]),
  );
  const bytes = await signed(content, issuer?.key ?? keys.privateKey, hash);
  return {
    pair: {
      cert: pem("CERTIFICATE", bytes),
      key: pem("PRIVATE KEY", new Uint8Array(privateKey)),
    },
    key: keys.privateKey,
  };
}

/** A certificate authority that signs certificates. */
export class CertificateAuthority {
  /** Its own certificate and key. */
  readonly pair: KeyPair;
  readonly #issuer: Issuer;

  private constructor(pair: KeyPair, issuer: Issuer) {
    this.pair = pair;
    this.#issuer = issuer;
  }

  /** Makes one. */
  static async create(
    commonName: string = "kubernetes",
  ): Promise<CertificateAuthority> {
    const subject = { commonName };
    const { pair, key } = await issue(subject, undefined);
    return new CertificateAuthority(pair, { name: nameOf(subject), key });
  }

  /** Signs a certificate for a server (with names) or a client. */
  async issue(subject: Subject): Promise<KeyPair> {
    const { pair } = await issue(subject, this.#issuer);
    return pair;
  }
}
