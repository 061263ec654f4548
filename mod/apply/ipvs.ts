import type { IpvsOperation } from "#diff";
import type { VirtualServerKey } from "#plan";
import { formatIpvsOperation } from "./ipvs_format.ts";
import { parseIpvsList } from "./ipvs_parse.ts";
import { parseIpvsTraffic } from "./ipvs_traffic.ts";
import {
  batchFailed,
  commandFailed,
  nonEmptyLines,
  runBatch,
  runCommand,
} from "./run_command.ts";
import { safeVirtualServer } from "./safe_text.ts";
import type { Argv, CommandRunner, Ipvs } from "./types.ts";

const LIST: Argv = ["ipvsadm", "-Ln", "--exact"];
const TRAFFIC = { totals: "--stats", rates: "--rate" } as const;
const RESTORE: Argv = ["ipvsadm", "--restore"];
/** ipvsadm may warn of the kernel's IPVS version; nothing was refused then. */
const VERSION_WARNING =
  /^(?:Warning: IPVS version mismatch|Kernel compiled with IPVS version|ipvsadm .*requires minimum IPVS version)/;

/** The virtual server table through ipvsadm(8). */
export function createIpvs(runner: CommandRunner): Ipvs {
  return {
    async list() {
      return parseIpvsList(await runCommand(runner, LIST));
    },
    async listOne(key: VirtualServerKey) {
      const argv: Argv = [...LIST, ...safeVirtualServer(key).split(" ")];
      const result = await runner.run(argv);
      if (result.code === 0) return parseIpvsList(result.stdout).get(key);
      if (result.stderr.trim() === "No such service") return undefined;
      throw commandFailed(argv, result);
    },
    async traffic(kind, key) {
      const argv: Argv = [
        ...["ipvsadm", "-Ln", TRAFFIC[kind], "--exact"] as const,
        ...(key === undefined ? [] : safeVirtualServer(key).split(" ")),
      ];
      const result = await runner.run(argv);
      if (result.code === 0) return parseIpvsTraffic(result.stdout);
      if (result.stderr.trim() === "No such service") return new Map();
      throw commandFailed(argv, result);
    },
    async restore(operations: readonly IpvsOperation[]) {
      if (operations.length === 0) return;
      const lines = operations.map(formatIpvsOperation);
      const result = await runBatch(runner, RESTORE, lines);
      const refusals = nonEmptyLines(result.stderr).filter((line) =>
        !VERSION_WARNING.test(line)
      );
      // The exit code is the last line's only: silence must come with it.
      if (result.code !== 0 || refusals.length > 0) {
        throw batchFailed(RESTORE, result, refusals);
      }
    },
  };
}
