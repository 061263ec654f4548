import { setUpLogs } from "#observe";
import type { Command, CommandFlag, Surroundings } from "../command.ts";
import { formatConfig } from "../effective_config.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import { FIELDS } from "../fields.ts";
import { readSettings } from "../read_settings.ts";
import { RUN_FLAGS } from "../run_flags.ts";
import type { Settings } from "../settings_types.ts";

/** Flags of `run` that have an effect, by name. */
function honouredFlags(): readonly CommandFlag[] {
  const rows = [
    ...RUN_FLAGS.filter(({ refused }) => refused === undefined),
    ...FIELDS.flatMap(({ flag, kind, meaning, use }) =>
      flag === undefined || use === "ignored" ? [] : [{ flag, kind, meaning }]
    ),
  ];
  return rows.sort((a, b) => a.flag < b.flag ? -1 : 1);
}

/** Writes the configuration that holds; touches nothing else. */
async function writeConfig(
  { writeConfigTo, values }: Settings,
  { print, writeFile }: Surroundings,
): Promise<ExitCode> {
  const text = formatConfig(values);
  if (writeConfigTo === "-") print(text.trimEnd());
  else await writeFile(writeConfigTo, text);
  return EXIT.success;
}

/** Runs the agent. */
export const RUN: Command = {
  name: "run",
  summary: "watch the cluster and program the kernel",
  usage: "[flags]",
  about: [
    "Watches Services, EndpointSlices, ServiceCIDRs and its Node, and makes the",
    "kernel's tables as they say. Flags, file and names are kube-proxy's own;",
    '"_" in a flag is read as "-". With --config, flags of configuration fields',
    "have no effect, but for those of logging and --hostname-override.",
  ],
  flags: honouredFlags(),
  examples: [
    "kube-proxy run --kubeconfig=/etc/kubernetes/kube-proxy.conf",
    "kube-proxy run --config=/var/lib/kube-proxy/config.conf -v=2",
    "kube-proxy run --kubeconfig=F --dry-run     # what would one pass change?",
    "kube-proxy run --kubeconfig=F --once        # one complete pass, then end",
  ],
  notes: [
    "SIGTERM and SIGINT end it and leave the kernel's tables as they are, so that",
    "traffic goes on. SIGHUP is ignored.",
    "",
    "A configuration file is followed while it runs: what can be is taken over in",
    "place, for the rest it starts again in the same process. docs/configuration.md",
    "says which. What is wrong is logged, and the configuration before goes on.",
  ],
  async run(args, surroundings) {
    const settings = await readSettings(args, surroundings);
    const { logFormat: format, verbosity } = settings;
    const logs = setUpLogs({ format, verbosity });
    if (settings.writeConfigTo !== "") {
      return await writeConfig(settings, surroundings);
    }
    const reread = (): Promise<Settings> => readSettings(args, surroundings);
    return await surroundings.run(settings, reread, logs);
  },
};
