/**
 * What the tests of the commands share: a node in memory.
 *
 * @module
 */
import type {
  Argv,
  CommandOptions,
  CommandResult,
  CommandRunner,
} from "../../mod/apply/types.ts";
import { parseRunFlags } from "../../mod/cli/flags.ts";
import type { Machine } from "../../mod/cli/run.ts";
import { resolveSettings } from "../../mod/cli/settings.ts";
import type { Settings } from "../../mod/cli/settings_types.ts";
import { FakeHost } from "../support/fake_host.ts";

/** Settings of a command line. */
export function settingsOf(...args: string[]): Settings {
  return resolveSettings(parseRunFlags(args));
}

/** A folder in which nothing ever changes. */
const NOTHING_CHANGES: AsyncIterable<unknown> = {
  async *[Symbol.asyncIterator]() {},
};

const NOTHING_SAID: CommandResult = { code: 0, stdout: "", stderr: "" };

/** A host that also answers what a preflight asks. */
export class FakeNode implements CommandRunner {
  /** The host, whose state a test may look at and edit. */
  readonly host: FakeHost = new FakeHost();
  /** Modules that the kernel does not have. */
  readonly absent: Set<string> = new Set();
  /** Every command line, in order. */
  readonly commands: string[] = [];
  /** Whether ipvsadm and ipset find their part of the kernel. */
  isBuiltIn = true;

  /** What `nft list tables` prints. */
  nftTables = "";
  /** What `ipset list -name` prints. */
  setNames = "";

  /** Runs a command. */
  async run(argv: Argv, options?: CommandOptions): Promise<CommandResult> {
    const text = argv.join(" ");
    this.commands.push(text);
    if (this.host.missing.has(argv[0])) return this.host.run(argv, options);
    if (/ (--version|-V)$/.test(text)) {
      return { ...NOTHING_SAID, stdout: `${argv[0]} v1.2.3\n` };
    }
    if (text.startsWith("modprobe --dry-run --all")) return this.#try(argv);
    if (text === "nft list tables") {
      return { ...NOTHING_SAID, stdout: this.nftTables };
    }
    if (text === "ipset list -name") {
      return { ...this.#builtIn(), stdout: this.setNames };
    }
    if (text === "ipvsadm --list --numeric") return this.#builtIn();
    return await this.host.run(argv, options);
  }

  /** Follows what changes. */
  lines(argv: Argv, signal: AbortSignal): AsyncIterable<string> {
    return this.host.lines(argv, signal);
  }

  #builtIn(): CommandResult {
    return this.isBuiltIn ? NOTHING_SAID : { ...NOTHING_SAID, code: 2 };
  }

  #try(argv: Argv): CommandResult {
    const missing = argv.slice(3).filter((name) => this.absent.has(name));
    const stderr = missing.map((name) =>
      `modprobe: WARNING: Module ${name} not found in directory /lib/modules/6\n`
    ).join("");
    return { ...NOTHING_SAID, code: missing.length === 0 ? 0 : 1, stderr };
  }
}

/** A machine around a node; what it prints is kept. */
export function machineOf(
  node: FakeNode,
  signal: AbortSignal = new AbortController().signal,
): Machine & { readonly printed: string[] } {
  const printed: string[] = [];
  return {
    runner: node,
    hostname: () => "node-1",
    kernelRelease: () => "6.1.0-18-amd64",
    cpus: 4,
    hasModuleFolder: async () => await true,
    readFile: (path) => Promise.reject(new Error(`no such file: ${path}`)),
    changesIn: () => NOTHING_CHANGES,
    env: () => undefined,
    print: (line) => printed.push(line),
    signal,
    printed,
  };
}

/** Waits until it is so, 10 s at the most. */
export async function until(
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const endMs = performance.now() + 10_000;
  while (!await condition()) {
    if (performance.now() > endMs) throw new Error("Cannot go on: timed out");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Address of a port that was free a moment ago. */
export function freeAddress(): string {
  using socket = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `127.0.0.1:${socket.addr.port}`;
}
