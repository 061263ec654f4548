import { FIELDS } from "./fields.ts";
import type { Settings } from "./settings_types.ts";

/** A configuration as kube-proxy's `/configz` shows it: every field. */
export function configObject(
  { values }: Pick<Settings, "values">,
): Readonly<Record<string, unknown>> {
  const root: Record<string, unknown> = {
    kind: "KubeProxyConfiguration",
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
  };
  for (const { path } of FIELDS) {
    const names = path.split(".");
    const last = names.pop() ?? path;
    let at = root;
    for (const name of names) {
      at = (at[name] ??= {}) as Record<string, unknown>;
    }
    at[last] = values.get(path);
  }
  return root;
}

/** Flags with the values that hold, for `/flagz`. */
export function flagValues(
  { values }: Pick<Settings, "values">,
): ReadonlyMap<string, string> {
  return new Map(
    FIELDS.flatMap(({ path, flag }) =>
      flag === undefined ? [] : [[flag, flagText(values.get(path))] as const]
    ),
  );
}

function flagText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(String).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).map(([name, one]) => `${name}=${one}`)
      .join(",");
  }
  return String(value ?? "");
}
