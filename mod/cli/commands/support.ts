import type { Command, CommandFlag } from "../command.ts";
import { parseCommandLine } from "../command_line.ts";
import { EXIT } from "../exit_code.ts";
import { plain, RUN_DIR_FLAG, runDirOf } from "../output.ts";
import { gatherBundle } from "../support/bundle.ts";
import { gzip, tarArchive } from "../support/tar.ts";
import { TEXT } from "../value_kinds.ts";

const FLAGS: readonly CommandFlag[] = [
  {
    flag: "output",
    short: "o",
    kind: TEXT,
    meaning: 'file to write; "-" is standard output (default a file in the ' +
      "agent's folder)",
  },
  RUN_DIR_FLAG,
];

/** Gathers what a bug report needs. */
export const SUPPORT: Command = {
  name: "support",
  summary: "gather what a bug report needs into one file",
  usage: "[flags]",
  about: [
    "Writes a .tar.gz of what the agent tells (status, Services, what it would do,",
    "settings, its last log lines), the kernel's lists, rules, addresses, settings,",
    "versions, and the agent's record of what is its own. It works without an agent",
    "too. Tokens, keys and passwords are replaced by [redacted]; kubeconfigs are not",
    "read. Names and addresses of Services, pods and nodes are in it: look it through",
    "before you send it. Changes nothing else.",
  ],
  flags: FLAGS,
  examples: [
    "kube-proxy support",
    "kube-proxy support -o - > bundle.tar.gz",
    "tar -tzf bundle.tar.gz",
  ],
  async run(args, surroundings) {
    const line = parseCommandLine(args, { command: "support", flags: FLAGS });
    const runDir = runDirOf(line);
    const nowMs = surroundings.nowMs();
    const files = await gatherBundle({ surroundings, runDir });
    const name = `kube-proxy-support-${
      new Date(nowMs).toISOString().slice(0, 19).replaceAll(":", "")
    }`;
    const inFolder = files.map(({ path, text }) => ({
      path: `${name}/${path}`,
      text,
    }));
    const path = line.text("output") ?? `${runDir}/${name}.tar.gz`;
    const archive = await gzip(tarArchive(inFolder, nowMs / 1_000));
    try {
      await surroundings.writePrivately(path, archive);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(
        `Cannot write ${
          plain(path)
        }: ${reason}; "-o -" writes to standard output`,
        { cause: error },
      );
    }
    if (path !== "-") {
      surroundings.print(
        `${path}: ${files.length} files, ${
          Math.ceil(archive.length / 1024)
        } KiB`,
      );
    }
    return EXIT.success;
  },
};
