import { assert, assertEquals } from "@std/assert";
import { FIELDS } from "../../mod/cli/fields.ts";
import { isAllowed } from "../../mod/cli/value_kinds.ts";
import { RUN_FLAGS } from "../../mod/cli/run_flags.ts";
import configz from "./fixtures/configz.json" with { type: "json" };

const NOTHING = { permissions: "none" } as const;

/** Paths of a configuration: those of the table, else of its leaves. */
function pathsOf(section: object, prefix = ""): string[] {
  return Object.entries(section).flatMap(([name, value]) => {
    const path = prefix + name;
    if (FIELDS.some((field) => field.path === path)) return [path];
    const isSection = typeof value === "object" && value !== null &&
      !Array.isArray(value);
    return isSection ? pathsOf(value, `${path}.`) : [path];
  });
}

Deno.test("FIELDS know every field that kube-proxy 1.36 has", NOTHING, () => {
  const { apiVersion, kind, ...config } = configz["kubeproxy.config.k8s.io"];
  assertEquals(apiVersion, "kubeproxy.config.k8s.io/v1alpha1");
  assertEquals(kind, "KubeProxyConfiguration");
  const known = new Set(FIELDS.map(({ path }) => path));
  assertEquals(pathsOf(config).filter((path) => !known.has(path)), []);
});

Deno.test("FIELDS have defaults that they allow themselves", NOTHING, () => {
  for (const { path, kind, initial } of FIELDS) {
    assert(isAllowed(kind, initial), path);
  }
});

Deno.test("FIELDS and RUN_FLAGS share no name", NOTHING, () => {
  const flags = [
    ...FIELDS.flatMap(({ flag }) => flag ?? []),
    ...RUN_FLAGS.map(({ flag }) => flag),
  ];
  assertEquals(new Set(flags).size, flags.length);
});
