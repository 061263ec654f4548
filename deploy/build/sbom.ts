/** A package of the lock. */
export interface LockedEntry {
  /** Digest of its archive. */
  readonly integrity?: string;
  /** Packages that it needs: names, with a version where there are several. */
  readonly dependencies?: readonly string[];
}

/** What a list of the parts of a release is made from. */
export interface SbomInput {
  /** Version of the program. */
  readonly version: string;
  /** `deno.lock`. */
  readonly lock: {
    readonly npm: Readonly<Record<string, LockedEntry>>;
  };
  /** What `deno.json` imports, by name. */
  readonly imports: Readonly<Record<string, string>>;
  /** Names and SHA-256 of the files. */
  readonly files: readonly (readonly [name: string, sum: string])[];
}

/** Imports of tests only: neither they nor what only they need is inside. */
const OF_TESTS: ReadonlySet<string> = new Set([
  "axe-core",
  "fast-check",
  "kubernetes-models",
  "playwright-core",
]);

interface LockedPackage {
  readonly name: string;
  readonly version: string;
  readonly integrity: string | undefined;
}

/** Splits "@scope/name@1.2.3_peer@4" into name and version. */
export function parseLocked(key: string): { name: string; version: string } {
  const at = key.indexOf("@", 1);
  const version = key.slice(at + 1).split("_")[0] ?? "";
  return { name: key.slice(0, at), version };
}

/**
 * Keys of the lock that the program reaches from its imports.
 *
 * @throws {Error} when the lock does not have one
 */
export function libraryKeys(
  { lock, imports }: Pick<SbomInput, "lock" | "imports">,
): string[] {
  const keys = new Map<string, string>();
  for (const key of Object.keys(lock.npm)) {
    const { name, version } = parseLocked(key);
    keys.set(name, key).set(`${name}@${version}`, key);
  }
  const open = Object.values(imports).flatMap((from) => {
    const [, name = ""] = /^npm:\/?((?:@[^/]+\/)?[^@]+)@/.exec(from) ?? [];
    return name === "" || OF_TESTS.has(name) ? [] : [name];
  });
  const reached = new Set<string>();
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const key = keys.get(name);
    if (key === undefined) throw new Error(`Cannot find ${name} in the lock`);
    if (reached.has(key)) continue;
    reached.add(key);
    open.push(...lock.npm[key]?.dependencies ?? []);
  }
  return [...reached].sort();
}

/** SHA-512 of an integrity in base 64, as hexadecimal digits. */
function sha512Of(integrity: string): string {
  const bytes = atob(integrity.replace(/^sha512-/, ""));
  return [...bytes].map((one) =>
    one.charCodeAt(0).toString(16).padStart(2, "0")
  ).join("");
}

function packageOf(one: LockedPackage): Record<string, unknown> {
  const { name, version, integrity } = one;
  return {
    SPDXID: `SPDXRef-npm-${`${name}-${version}`.replace(/[^\w.-]/g, "-")}`,
    name,
    versionInfo: version,
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    externalRefs: [{
      referenceCategory: "PACKAGE-MANAGER",
      referenceType: "purl",
      referenceLocator: `pkg:npm/${name.replace("@", "%40")}@${version}`,
    }],
    ...(integrity?.startsWith("sha512-")
      ? {
        checksums: [{
          algorithm: "SHA512",
          checksumValue: sha512Of(integrity),
        }],
      }
      : {}),
  };
}

/**
 * A list of a release's files and of the libraries that the program reaches
 * (SPDX 2.3, JSON). The same input gives the same bytes: its time is the epoch.
 */
export function makeSbom(input: SbomInput): string {
  const { version, lock, files } = input;
  const libraries = libraryKeys(input).map((key) => ({
    ...parseLocked(key),
    integrity: lock.npm[key]?.integrity,
  }));
  const program = {
    SPDXID: "SPDXRef-kube-proxy",
    name: "kube-proxy",
    versionInfo: version,
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    licenseDeclared: "Apache-2.0",
  };
  const deno = packageOf({
    name: "deno",
    version: Deno.version.deno,
    integrity: undefined,
  });
  const packages = [deno, ...libraries.map(packageOf)];
  const document = {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: `kube-proxy-${version}`,
    documentNamespace: `https://github.com/ipvs/kube-proxy/spdx/${version}`,
    creationInfo: {
      created: "1970-01-01T00:00:00Z",
      creators: ["Tool: kube-proxy-release"],
    },
    packages: [program, ...packages],
    files: files.map(([name, sum], index) => ({
      SPDXID: `SPDXRef-file-${index}`,
      fileName: `./${name}`,
      checksums: [{ algorithm: "SHA256", checksumValue: sum }],
    })),
    relationships: [
      relation("SPDXRef-DOCUMENT", "DESCRIBES", program.SPDXID),
      ...packages.map(({ SPDXID }) =>
        relation(program.SPDXID, "DEPENDS_ON", String(SPDXID))
      ),
      ...files.map((_, index) =>
        relation(program.SPDXID, "CONTAINS", `SPDXRef-file-${index}`)
      ),
    ],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function relation(
  spdxElementId: string,
  relationshipType: string,
  relatedSpdxElement: string,
): Record<string, string> {
  return { spdxElementId, relationshipType, relatedSpdxElement };
}
