import type { Command, CommandFlag } from "./command.ts";
import { BOOLEAN } from "./value_kinds.ts";

/** Shells that a script can be made for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** One of them. */
export type Shell = typeof SHELLS[number];

/** A script that has a shell complete this program's command line. */
export function completionScript(
  shell: Shell,
  commands: readonly Command[],
): string {
  switch (shell) {
    case "bash":
      return bashScript(commands);
    case "zsh":
      return zshScript(commands);
    case "fish":
      return fishScript(commands);
  }
  shell satisfies never;
  throw new TypeError(`Cannot complete in ${shell}`);
}

function nameOf({ flag }: CommandFlag): string {
  return flag.length === 1 ? `-${flag}` : `--${flag}`;
}

function wordsAfter({ flags, words = [] }: Command): string {
  return [...words, ...flags.map(nameOf), "--help"].join(" ");
}

function bashScript(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  const values = new Map<string, string>();
  for (const { flags } of commands) {
    for (const flag of flags) {
      if (flag.values === undefined) continue;
      const key = flag.short === undefined
        ? nameOf(flag)
        : `${nameOf(flag)}|-${flag.short}`;
      values.set(key, flag.values.join(" "));
    }
  }
  return [
    "# bash completion of kube-proxy",
    "_kube_proxy() {",
    '  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}"',
    '  local words=""',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    words="${names} help --help --version"`,
    "  else",
    '    case "$prev" in',
    ...[...values].map(([key, list]) => `      ${key}) words="${list}" ;;`),
    "      *)",
    '        case "${COMP_WORDS[1]}" in',
    ...commands.map((command) =>
      `          ${command.name}) words="${wordsAfter(command)}" ;;`
    ),
    `          help) words="${names}" ;;`,
    "        esac ;;",
    "    esac",
    "  fi",
    '  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")',
    "}",
    "complete -o default -F _kube_proxy kube-proxy",
  ].join("\n");
}

/** Text in single quotes, which only a single quote could end. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function zshScript(commands: readonly Command[]): string {
  const described = commands.map(({ name, summary }) =>
    `    ${quoted(`${name}:${summary.replaceAll(":", "\\:")}`)}`
  );
  return [
    "#compdef kube-proxy",
    "_kube_proxy() {",
    "  local -a commands",
    "  commands=(",
    ...described,
    "    'help:print help'",
    "  )",
    "  if (( CURRENT == 2 )); then",
    "    _describe command commands",
    "    return",
    "  fi",
    '  case "$words[2]" in',
    ...commands.flatMap((command) => [
      `    ${command.name})`,
      "      _arguments -S \\",
      ...command.flags.map((flag) => `        ${zshFlag(flag)} \\`),
      `        ${zshArgument(command)} ;;`,
    ]),
    "    help) _describe command commands ;;",
    "  esac",
    "}",
    'if [ "$funcstack[1]" = "_kube_proxy" ]; then',
    '  _kube_proxy "$@"',
    "else",
    "  compdef _kube_proxy kube-proxy",
    "fi",
  ].join("\n");
}

/** What _arguments would read as its own goes. */
function zshText(text: string): string {
  return text.replace(/[[\]:]/g, " ");
}

function zshFlag(flag: CommandFlag): string {
  const { short, kind, meaning, values } = flag;
  const name = nameOf(flag);
  const told = `[${zshText(meaning)}]`;
  if (kind === BOOLEAN) return quoted(`${name}${told}`);
  const offered = values === undefined ? "_files" : `(${values.join(" ")})`;
  const value = `${told}:value:${offered}`;
  const long = quoted(`${name}=${value}`);
  return short === undefined ? long : `${long} ${quoted(`-${short}+${value}`)}`;
}

function zshArgument({ words }: Command): string {
  return words === undefined
    ? quoted("*::argument:_files")
    : quoted(`*::argument:(${words.join(" ")})`);
}

function fishScript(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  const noCommand = `'not __fish_seen_subcommand_from ${names}'`;
  return [
    "# fish completion of kube-proxy",
    "complete -c kube-proxy -f",
    ...commands.map(({ name, summary }) =>
      `complete -c kube-proxy -n ${noCommand} -a ${name} -d ${
        fishQuoted(summary)
      }`
    ),
    `complete -c kube-proxy -n ${noCommand} -a help -d 'print help'`,
    `complete -c kube-proxy -n '__fish_seen_subcommand_from help' -a '${names}'`,
    ...commands.flatMap(fishCommand),
  ].join("\n");
}

/** fish ends a text at a quote and knows the backslash inside one. */
function fishQuoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

function fishCommand({ name, flags, words = [] }: Command): string[] {
  const start =
    `complete -c kube-proxy -n '__fish_seen_subcommand_from ${name}'`;
  return [
    ...words.map((word) => `${start} -a ${word}`),
    ...flags.map(({ flag, short, kind, meaning, values }) => {
      const parts = [flag.length === 1 ? `-s ${flag}` : `-l ${flag}`];
      if (short !== undefined) parts.push(`-s ${short}`);
      if (kind !== BOOLEAN) parts.push("-r");
      if (values !== undefined) {
        parts.push(`-a ${fishQuoted(values.join(" "))}`);
      }
      return `${start} ${parts.join(" ")} -d ${fishQuoted(meaning)}`;
    }),
  ];
}
