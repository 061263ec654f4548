import { assertEquals } from "@std/assert";
import { parseConfigFile } from "../../mod/cli/config_file.ts";
import {
  effectiveConfig,
  formatConfig,
} from "../../mod/cli/effective_config.ts";
import { resolveSettings } from "../../mod/cli/settings.ts";
import { lacks } from "../support/permission.ts";
import configz from "./fixtures/configz.json" with { type: "json" };
import { settingsOf } from "./support.ts";

const NOTHING = { permissions: "none" } as const;
/** What the YAML library looks for. */
const WITH_YAML = {
  ignore: lacks("formatConfig()", { name: "env", variable: "LOG_TOKENS" }),
};

/** Paths of all leaves. */
function leaves(value: unknown, prefix = ""): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return [prefix];
  }
  const inner = Object.entries(value);
  return inner.length === 0
    ? [prefix]
    : inner.flatMap(([name, one]) =>
      leaves(one, prefix === "" ? name : `${prefix}.${name}`)
    );
}

Deno.test(
  "effectiveConfig() has every field that kube-proxy 1.36 shows",
  NOTHING,
  () => {
    const ours = new Set(leaves(effectiveConfig(settingsOf().values)));
    const theirs = leaves(configz["kubeproxy.config.k8s.io"]);
    const isIn = (path: string): boolean =>
      ours.has(path) || [...ours].some((one) => path.startsWith(`${one}.`));
    assertEquals(theirs.filter((path) => !isIn(path)), []);
  },
);

Deno.test(
  "formatConfig() reads back as the same configuration, without a warning",
  WITH_YAML,
  () => {
    for (const args of [[], ["--compat"], ["--ipvs-scheduler=mh", "-v=4"]]) {
      const settings = settingsOf(...args);
      const file = parseConfigFile(formatConfig(settings.values), "F");
      assertEquals(file.warnings, []);
      const compat = settingsOf(...args.filter((one) => one === "--compat"));
      const flags = {
        fields: new Map<string, unknown>(),
        run: new Map<string, unknown>([["compat", compat.compat]]),
      };
      assertEquals(resolveSettings(flags, file).values, settings.values);
    }
  },
);
