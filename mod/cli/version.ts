import config from "../../deno.json" with { type: "json" };

/** Version of this program, as `deno.json` says it. */
export const VERSION: string = config.version;

/** The build puts the commit here; from the source it stays as it is. */
const STAMP = "@commit@";

/** Commit that this program was built from; "source" when it was not built. */
export const COMMIT: string = STAMP.startsWith("@") ? "source" : STAMP;

/** What `version` prints. */
export function describeVersion(): string {
  return `kube-proxy ${VERSION} (commit ${COMMIT}; ipvs; ` +
    `Deno ${Deno.version.deno})`;
}
