import { stringify } from "yaml";
import { API_VERSION, KIND } from "./config_schema.ts";

/** A KubeProxyConfiguration as an object. */
export type ConfigObject = Readonly<Record<string, unknown>>;

/**
 * The configuration that holds, defaults filled in, as kube-proxy's own file
 * would say it.
 *
 * @param values value of each field by its path
 */
export function effectiveConfig(
  values: ReadonlyMap<string, unknown>,
): ConfigObject {
  const root: Record<string, unknown> = { apiVersion: API_VERSION, kind: KIND };
  for (const [path, value] of [...values].sort(([a], [b]) => a < b ? -1 : 1)) {
    const [section = "", name] = path.split(".");
    if (name === undefined) root[section] = value;
    else {
      const inner = (root[section] ?? {}) as Record<string, unknown>;
      root[section] = { ...inner, [name]: value };
    }
  }
  return root;
}

/** The same as YAML, for a file. */
export function formatConfig(values: ReadonlyMap<string, unknown>): string {
  return stringify(effectiveConfig(values));
}
