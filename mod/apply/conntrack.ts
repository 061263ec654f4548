import { commandFailed, nonEmptyLines, runBatch } from "./run_command.ts";
import { safeNumber, safeRealServer, safeWord } from "./safe_text.ts";
import type { Argv, CommandRunner, Conntrack } from "./types.ts";

/** "-" is standard input; conntrack opens /dev/stdin for it. */
const BATCH: Argv = ["conntrack", "-R", "-"];
const PORTS = { least: 1, most: 65535 };

type Flow = Parameters<Conntrack["delete"]>[0][number];

/** Connection tracking through conntrack(8). */
export function createConntrack(runner: CommandRunner): Conntrack {
  return {
    async delete(flows) {
      if (flows.length === 0) return 0;
      const result = await runBatch(runner, BATCH, flows.map(formatFlow));
      if (result.code !== 0) throw commandFailed(BATCH, result);
      // It prints each entry that it deleted, and nothing for no match.
      return nonEmptyLines(result.stdout).length;
    },
  };
}

function formatFlow(flow: Flow): string {
  const { client } = flow;
  const from = client === undefined
    ? ""
    : ` -s ${safeWord("an address", client.address)} ` +
      `--sport ${safeNumber("a port", client.port, PORTS)}`;
  const line = `-D -p ${safeWord("a protocol", flow.protocol)} ` +
    `-d ${safeWord("an address", flow.address)} ` +
    `--dport ${safeNumber("a port", flow.port, PORTS)}${from}`;
  if (flow.realServer === undefined) return line;
  const socket = safeRealServer(flow.realServer);
  const colon = socket.lastIndexOf(":");
  const host = socket.slice(0, colon).replace(/^\[|\]$/g, "");
  return `${line} -r ${host} --reply-port-src ${socket.slice(colon + 1)}`;
}
