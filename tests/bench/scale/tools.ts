/**
 * The tools of a host in memory, for the whole program: each is a link to
 * `tool.pl`, which asks this process over loopback. So the program starts
 * real processes and reads real pipes, and no kernel is needed.
 *
 *     deno run -A tests/bench/scale/tools.ts DIR
 *
 * Makes DIR with the links; prints "ready ADDRESS:PORT".
 *
 * @module
 */
import type { Argv, CommandResult } from "../../../mod/apply/types.ts";
import { FakeNode } from "../../cli/support.ts";

const PROGRAMS = [
  ...["conntrack", "ip", "ipset", "ipvsadm", "lsmod", "modprobe", "sysctl"],
  ...["iptables-save", "iptables-restore", "ip6tables-save"],
  ...["ip6tables-restore", "iptables-legacy-save", "iptables-legacy-restore"],
  ...["ip6tables-legacy-save", "ip6tables-legacy-restore"],
  ...["iptables-nft-save", "iptables-nft-restore", "ip6tables-nft-save"],
  ...["ip6tables-nft-restore"],
];

const encoder = new TextEncoder();

/** What a tool was asked. */
interface Request {
  readonly argv: Argv;
  readonly stdin: string;
}

async function readRequest(connection: Deno.TcpConn): Promise<Request> {
  const bytes = await readToEnd(connection);
  const decoder = new TextDecoder();
  let at = 0;
  const number = (): number => {
    const end = bytes.indexOf(10, at);
    const value = Number(decoder.decode(bytes.subarray(at, end)));
    at = end + 1;
    return value;
  };
  const text = (length: number): string => {
    at += length;
    return decoder.decode(bytes.subarray(at - length, at));
  };
  const count = number();
  const argv = Array.from({ length: count }, () => text(number()));
  return { argv: argv as unknown as Argv, stdin: text(bytes.length - at) };
}

/** Not by the readable stream, which closes both ways at its end. */
async function readToEnd(connection: Deno.TcpConn): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  while (true) {
    const part = new Uint8Array(65_536);
    const read = await connection.read(part);
    if (read === null) break;
    parts.push(part.subarray(0, read));
  }
  return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
}

async function send(
  connection: Deno.TcpConn,
  kind: "o" | "e",
  text: string,
): Promise<void> {
  const bytes = encoder.encode(text);
  await write(connection, encoder.encode(`${kind} ${bytes.length}\n`));
  await write(connection, bytes);
}

async function write(connection: Deno.TcpConn, bytes: Uint8Array) {
  for (let at = 0; at < bytes.length;) {
    at += await connection.write(bytes.subarray(at));
  }
}

/** Answers one tool. */
async function serve(connection: Deno.TcpConn, node: FakeNode): Promise<void> {
  using _ = connection;
  const { argv, stdin } = await readRequest(connection);
  if (argv.includes("monitor")) {
    const { signal } = new AbortController();
    for await (const line of node.lines(argv, signal)) {
      await send(connection, "o", `${line}\n`);
    }
    return;
  }
  const answer = await answerOf(node, { argv, stdin });
  node.commands.length = 0;
  node.host.resetCounts();
  await send(connection, "o", answer.stdout);
  await send(connection, "e", answer.stderr);
  await write(connection, encoder.encode(`x ${answer.code}\n`));
}

async function answerOf(
  node: FakeNode,
  { argv, stdin }: Request,
): Promise<CommandResult> {
  try {
    return await node.run(argv, { stdin });
  } catch (error) {
    const stderr = error instanceof Error ? error.message : String(error);
    return { code: 1, stdout: "", stderr: `${argv.join(" ")}: ${stderr}\n` };
  }
}

/** Serves the tools until the process ends. */
async function main(directory: string): Promise<void> {
  await Deno.mkdir(directory, { recursive: true });
  const tool = `${directory}/tool.pl`;
  await Deno.copyFile(new URL("./tool.pl", import.meta.url), tool);
  await Deno.chmod(tool, 0o755);
  for (const name of PROGRAMS) await Deno.symlink(tool, `${directory}/${name}`);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  // deno-lint-ignore no-console -- tells the caller that it listens
  console.log(`ready 127.0.0.1:${port}`);
  const node = new FakeNode();
  for await (const connection of listener) {
    serve(connection, node).catch(() => {}); // the tool was killed
  }
}

if (import.meta.main) await main(Deno.args[0] ?? "");
