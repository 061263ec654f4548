import type { Command } from "../command.ts";
import { parseCommandLine } from "../command_line.ts";
import { COMMANDS } from "../command_table.ts";
import { completionScript, type Shell, SHELLS } from "../completion.ts";
import { EXIT, UsageError } from "../exit_code.ts";

/** Prints a script for the shell. */
export const COMPLETION: Command = {
  name: "completion",
  summary: "print a script that completes commands in a shell",
  usage: "bash|zsh|fish",
  about: ["Prints a script that has the shell complete commands and flags."],
  flags: [],
  examples: [
    "kube-proxy completion bash > /etc/bash_completion.d/kube-proxy",
    'kube-proxy completion zsh > "${fpath[1]}/_kube-proxy"',
    "kube-proxy completion fish > ~/.config/fish/completions/kube-proxy.fish",
  ],
  words: SHELLS,
  run(args, { print }) {
    const line = parseCommandLine(args, {
      command: "completion",
      flags: [],
      arguments: ["SHELL"],
    });
    const [shell = ""] = line.arguments;
    if (!SHELLS.some((name) => name === shell)) {
      throw new UsageError([
        `Cannot complete in "${shell}": allowed is one of ${SHELLS.join(", ")}`,
      ]);
    }
    print(completionScript(shell as Shell, COMMANDS));
    return Promise.resolve(EXIT.success);
  },
};
