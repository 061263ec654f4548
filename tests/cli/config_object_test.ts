import { assertEquals } from "@std/assert";
import { configObject, flagValues } from "../../mod/cli/config_object.ts";
import { parseConfigFile } from "../../mod/cli/config_file.ts";
import { FIELDS } from "../../mod/cli/fields.ts";
import { settingsOf } from "./support.ts";

const NOTHING = { permissions: "none" } as const;

Deno.test(
  "configObject() has every field, nested as in the file",
  NOTHING,
  () => {
    const config = configObject(settingsOf("--ipvs-scheduler=mh"));
    assertEquals(config["kind"], "KubeProxyConfiguration");
    assertEquals(config["apiVersion"], "kubeproxy.config.k8s.io/v1alpha1");
    const ipvs = config["ipvs"] as Record<string, unknown>;
    assertEquals(ipvs["scheduler"], "mh");
    assertEquals(ipvs["minSyncPeriod"], "200ms");
    assertEquals(config["metricsBindAddress"], "127.0.0.1:10249");
  },
);

Deno.test(
  "what configObject() shows can be read as a file again",
  { permissions: { env: true } },
  () => {
    const text = JSON.stringify(configObject(settingsOf("--v=4")));
    const { fields } = parseConfigFile(text, "/configz");
    assertEquals(fields.get("logging.verbosity"), 4);
    const honoured = FIELDS.filter(({ use }) => use === "honoured");
    assertEquals(fields.size, honoured.length);
  },
);

Deno.test("flagValues() names every flag of a field", NOTHING, () => {
  const flags = flagValues(settingsOf("--nodeport-addresses=10.0.0.0/8"));
  assertEquals(flags.get("nodeport-addresses"), "[10.0.0.0/8]");
  assertEquals(flags.get("proxy-mode"), "");
  assertEquals(
    flags.size,
    FIELDS.filter(({ flag }) => flag !== undefined).length,
  );
});
