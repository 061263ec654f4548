/**
 * One host in memory behind the door that the agent uses: ipvsadm, ipset,
 * iptables, ip, sysctl, modprobe, lsmod and conntrack over one state, each as
 * strict as the kernel and failing as its own tool fails. `tests/contract/`
 * runs the same rules on it and on the real tools.
 *
 * @module
 */
import { CommandError } from "../../mod/apply/errors.ts";
import type {
  Argv,
  CommandOptions,
  CommandResult,
  CommandRunner,
} from "../../mod/apply/types.ts";
import type { Answer } from "./fake/misuse.ts";
import { FakeIp } from "./fake/ip.ts";
import { FakeIpset } from "./fake/ipset.ts";
import { FakeIptables } from "./fake/iptables.ts";
import { FakeIpvsadm } from "./fake/ipvsadm.ts";
import { type FakeCall, type FaultEffect, Faults } from "./fake/faults.ts";
import { FakeConntrack, FakeModules, FakeSysctl } from "./fake/small_tools.ts";
import { misuse, says } from "./fake/misuse.ts";
import { refuseLines } from "./fake/refusals.ts";

export { ALL_SCHEDULERS } from "./fake/ipvs_state.ts";
export type { FakeCall, Fault, FaultEffect } from "./fake/faults.ts";
export type { FakeFlow } from "./fake/small_tools.ts";
export type { FakeIptablesKind } from "./fake/iptables.ts";
export { FakeMisuse } from "./fake/misuse.ts";

/** Counts of what was run. */
export interface FakeCounts {
  /** Processes started. */
  readonly processes: number;
  /** Lines on their standard inputs. */
  readonly lines: number;
}

/** The host; its parts are the kernel's state, for a test to look and edit. */
export class FakeHost implements CommandRunner {
  readonly ipvs: FakeIpvsadm = new FakeIpvsadm();
  readonly ipset: FakeIpset;
  readonly iptables: FakeIptables;
  readonly ip: FakeIp = new FakeIp();
  readonly sysctl: FakeSysctl = new FakeSysctl();
  readonly modules: FakeModules = new FakeModules();
  readonly conntrack: FakeConntrack = new FakeConntrack();
  readonly faults: Faults = new Faults();
  /** Programs that are not installed. */
  readonly missing: Set<string> = new Set<string>();
  /** What `nft list tables` names. */
  nftTables: string[] = [];
  /** Every call so far, newest last. */
  readonly calls: FakeCall[] = [];
  /** Called after each command, with the state as it then is. */
  onCall: (call: FakeCall, answer: CommandResult) => void = () => {};
  #lines = 0;
  #misuse: unknown;
  readonly #byProgram = new Map<string, number>();
  readonly #monitors = new Set<(lines: readonly string[]) => void>();

  constructor() {
    this.ipset = new FakeIpset((name) => this.iptables.namesSet(name));
    this.iptables = new FakeIptables((name) => this.ipset.sets.has(name));
    this.ip.onChange = (lines) => this.#monitors.forEach((tell) => tell(lines));
  }

  /** What was run so far. */
  get counts(): FakeCounts {
    return { processes: this.calls.length, lines: this.#lines };
  }

  /** Forgets the calls, not the state. */
  resetCounts(): void {
    this.calls.length = 0;
    this.#lines = 0;
  }

  /** What a reboot leaves: no table, set, rule or dummy device. */
  reboot(): void {
    this.ipvs.table.clear();
    for (const tables of Object.values(this.iptables.tables)) tables.clear();
    this.ipset.sets.clear();
    for (const { name, kind } of [...this.ip.devices.values()]) {
      if (kind === "dummy") this.ip.deleteDevice(name);
    }
  }

  /** Throws if any call was not understood, even one that was caught. */
  assertUnderstood(): void {
    if (this.#misuse !== undefined) throw this.#misuse;
  }

  /** Everything in the tools' own syntax, to compare or to show. */
  dump(): string {
    let text = `# ipvsadm\n${this.ipvs.dump()}# ipset\n${this.ipset.dump()}`;
    for (const [kind, tables] of Object.entries(this.iptables.tables)) {
      if (tables.size === 0) continue;
      text += `# ${kind}\n`;
      text += this.iptables.run(`${kind}-save`, [], "").stdout
        .replaceAll(/^#.*\n/gm, "");
    }
    return `${text}# ip\n${this.ip.dump()}`;
  }

  /** Runs a command; a misunderstood one fails this and every later call. */
  async run(argv: Argv, options: CommandOptions = {}): Promise<CommandResult> {
    await Promise.resolve();
    this.assertUnderstood();
    options.signal?.throwIfAborted();
    const call = this.#count(argv, options.stdin ?? "");
    if (this.missing.has(argv[0])) throw missingProgram(argv);
    const effect = this.faults.take(call);
    const answer = effect === undefined
      ? this.#emulate(argv, call.stdin)
      : await this.#fail(call, effect, options.signal);
    this.onCall(call, answer);
    return answer;
  }

  /** `ip monitor`: a line for each change, until the signal. */
  async *lines(argv: Argv, signal: AbortSignal): AsyncIterable<string> {
    const text = argv.join(" ");
    if (!/^ip (-o )?monitor( address| link| route)*$/.test(text)) {
      misuse("lines()", text);
    }
    if (this.missing.has(argv[0])) throw missingProgram(argv);
    const queue: string[] = [];
    let wake = (): void => {};
    const tell = (lines: readonly string[]): void => {
      queue.push(...argv.includes("-o") ? [lines.join("\\")] : lines);
      wake();
    };
    const stop = (): void => wake();
    this.#monitors.add(tell);
    signal.addEventListener("abort", stop);
    try {
      while (!signal.aborted) {
        while (queue.length > 0) yield queue.shift()!;
        if (signal.aborted) break;
        await new Promise<void>((resolve) => wake = resolve);
      }
    } finally {
      this.#monitors.delete(tell);
      signal.removeEventListener("abort", stop);
    }
  }

  #count(argv: Argv, stdin: string): FakeCall {
    const numberOfProgram = (this.#byProgram.get(argv[0]) ?? 0) + 1;
    this.#byProgram.set(argv[0], numberOfProgram);
    const number = this.calls.length + 1;
    const call = { argv, stdin, number, numberOfProgram };
    this.calls.push(call);
    for (let i = stdin.indexOf("\n"); i >= 0; i = stdin.indexOf("\n", i + 1)) {
      this.#lines++;
    }
    return call;
  }

  #emulate([program, ...parameters]: Argv, stdin: string): Answer {
    try {
      return this.#tool(program, parameters, stdin);
    } catch (error) {
      this.#misuse = error;
      throw error;
    }
  }

  #tool(
    program: string,
    parameters: readonly string[],
    stdin: string,
  ): Answer {
    if (/^(?:--version|-V)$/.test(parameters.join(" "))) {
      return says(`${program} v1.0 (fake)\n`);
    }
    switch (program) {
      case "ipvsadm":
        return this.ipvs.run(parameters, stdin);
      case "ipset":
        return this.ipset.run(parameters, stdin);
      case "ip":
        return this.ip.run(parameters, stdin);
      case "sysctl":
        return this.sysctl.run(parameters, stdin);
      case "modprobe":
        return this.modules.modprobe(parameters);
      case "lsmod":
        return this.modules.lsmod(parameters);
      case "nft":
        return says(this.nftTables.map((one) => `table ${one}\n`).join(""));
      case "conntrack":
        return this.conntrack.run(parameters, stdin);
      default:
        return this.iptables.run(program, parameters, stdin);
    }
  }

  async #fail(
    call: FakeCall,
    effect: FaultEffect,
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    switch (effect.kind) {
      case "exit":
        return { code: effect.code, stdout: "", stderr: effect.stderr };
      case "missing":
        throw missingProgram(call.argv);
      case "denied":
        throw new CommandError(
          call.argv,
          `Deno's permissions do not allow it: add ${
            call.argv[0]
          } to --allow-run`,
          { failure: "denied" },
        );
      case "killed": {
        const lines = call.stdin.split("\n").slice(0, effect.afterLines);
        this.#emulate(call.argv, lines.map((line) => `${line}\n`).join(""));
        await effect.wait?.();
        return { code: effect.code ?? 137, stdout: "", stderr: "" };
      }
      case "refuse":
        return refuseLines(
          call,
          (line) => effect.isRefused(line),
          (stdin) => this.#emulate(call.argv, stdin),
        );
      case "hang":
        return await hang(signal);
    }
  }
}

function missingProgram(argv: Argv): CommandError {
  return new CommandError(
    argv,
    `there is no program "${argv[0]}" on this host`,
    { failure: "missing" },
  );
}

function hang(signal: AbortSignal | undefined): Promise<Answer> {
  return new Promise((resolve, reject) => {
    if (signal === undefined) {
      resolve({ code: 124, stdout: "", stderr: "" });
    } else {
      signal.addEventListener("abort", () => reject(signal.reason), {
        once: true,
      });
    }
  });
}
