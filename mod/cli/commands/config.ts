import type { Command, Surroundings } from "../command.ts";
import { EXIT, type ExitCode, UsageError } from "../exit_code.ts";
import { parseRunFlags } from "../flags.ts";
import { readConfigFile } from "../read_settings.ts";
import { resolveSettings } from "../settings.ts";

async function checkFile(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<ExitCode> {
  const [verb, path, ...rest] = args;
  if (verb !== "check" || path === undefined || rest.length > 0) {
    throw new UsageError([
      'Cannot run "config": write "kube-proxy config check FILE"',
    ]);
  }
  const file = await readConfigFile(path, surroundings);
  const settings = resolveSettings(parseRunFlags([]), file);
  for (const warning of settings.warnings) {
    surroundings.print(`warn  ${warning}`);
  }
  surroundings.print(`ok    ${path}`);
  return EXIT.success;
}

/** Says what is wrong with a configuration file. */
export const CONFIG: Command = {
  name: "config",
  summary: "say what is wrong with a configuration file",
  usage: "check FILE",
  about: [
    "Reads a KubeProxyConfiguration (kubeproxy.config.k8s.io/v1alpha1) and prints",
    "every value that is wrong, with what is allowed, and every field that has no",
    "effect here. Exit code 2 when a value is wrong.",
  ],
  flags: [],
  examples: ["kube-proxy config check /var/lib/kube-proxy/config.conf"],
  words: ["check"],
  run: checkFile,
};
