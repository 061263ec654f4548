import { misuse } from "./misuse.ts";
import {
  type FakeServiceName,
  type FakeSocket,
  flagBits,
  readMarkName,
  readServiceName,
  readSocket,
} from "./ipvs_state.ts";

/** Options of one ipvsadm command, parsed. */
export interface Parsed {
  verb: string;
  name?: FakeServiceName;
  scheduler?: string;
  persistence?: number;
  mask?: string;
  onePacket?: boolean;
  bits?: number;
  real?: FakeSocket;
  forwarding?: "m" | "g" | "i";
  weight?: number;
}

/** A command line that ipvsadm refuses before the kernel sees it. */
class SyntaxRefusal extends Error {}

/** Commands on one virtual or real server. */
export const VERBS = new Set(["-A", "-E", "-D", "-a", "-e", "-d"]);
const MAX_TIMEOUT_SECONDS = 31 * 24 * 3600;

/** The value, or the sentence with which ipvsadm refuses to read it. */
export function tryParse<Value>(body: () => Value): Value | string {
  try {
    return body();
  } catch (error) {
    if (error instanceof SyntaxRefusal) return `${error.message}\n`;
    throw error;
  }
}

/** Reads the words of one command. */
export function parse(words: readonly string[]): Parsed {
  const parsed: Parsed = { verb: words[0]! };
  if (parsed.verb !== "-L" && !VERBS.has(parsed.verb)) {
    misuse("ipvsadm", `the line "${words.join(" ")}"`);
  }
  let mark: string | undefined;
  let family: "inet" | "inet6" = "inet";
  for (let i = 1; i < words.length; i++) {
    const word = words[i]!;
    if (word === "-6") family = "inet6";
    else if (word === "-f") mark = words[++i];
    else i = parseOption(parsed, words, i);
  }
  if (mark !== undefined) {
    parsed.name = readMarkName(mark, family) ??
      refuse("illegal virtual server FWMARK specified");
  }
  checkParsed(parsed, words);
  return parsed;
}

function parseOption(
  parsed: Parsed,
  words: readonly string[],
  at: number,
): number {
  const word = words[at]!;
  const value = words[at + 1] ?? "";
  switch (word) {
    case "-t":
    case "-u":
    case "--sctp-service":
      parsed.name = rememberedName(word, value) ??
        refuse("illegal virtual server address[:port] specified");
      return at + 1;
    case "-s":
      parsed.scheduler = value;
      return at + 1;
    case "-p":
      if (value === "" || value.startsWith("-")) {
        parsed.persistence = 300;
        return at;
      }
      parsed.persistence = parsePersistence(value);
      return at + 1;
    case "-M":
      parsed.mask = value;
      return at + 1;
    case "-b":
      parsed.bits = flagBits(value) ??
        refuse(`invalid scheduler flag \`${value}'`);
      return at + 1;
    case "-r":
      parsed.real = readSocket(value) ??
        refuse("illegal real server address[:port] specified");
      return at + 1;
    case "-w":
      if (!/^\d{1,9}$/.test(value)) refuse("illegal weight specified");
      parsed.weight = Number(value);
      return at + 1;
    case "-o":
      parsed.onePacket = true;
      return at;
    case "-m":
    case "-g":
    case "-i":
      parsed.forwarding = word.slice(1) as "m" | "g" | "i";
      return at;
    default:
      return misuse("ipvsadm", `"${word}" in "${words.join(" ")}"`);
  }
}

let lastName:
  | { readonly text: string; readonly name: FakeServiceName }
  | undefined;

/** The lines of one virtual server follow each other. */
function rememberedName(
  option: string,
  value: string,
): FakeServiceName | undefined {
  const text = `${option} ${value}`;
  if (lastName?.text === text) return lastName.name;
  const name = readServiceName(option, value);
  if (name !== undefined) lastName = { text, name };
  return name;
}

function parsePersistence(value: string): number {
  const seconds = Number(value);
  if (!/^\d+$/.test(value) || seconds < 1 || seconds > MAX_TIMEOUT_SECONDS) {
    refuse(`invalid timeout value \`${value}' specified`);
  }
  return seconds;
}

function checkParsed(parsed: Parsed, words: readonly string[]): void {
  if (parsed.name === undefined) {
    misuse("ipvsadm", `"${words.join(" ")}": no service`);
  }
  const isReal = parsed.verb === parsed.verb.toLowerCase();
  if (isReal !== (parsed.real !== undefined)) {
    misuse("ipvsadm", `"${words.join(" ")}": real server`);
  }
  if (!isReal) return;
  const family = parsed.real!.family;
  if (parsed.forwarding !== "i" && family !== parsed.name.family) {
    refuse("Different address family is allowed only for tunneling servers");
  }
}

function refuse(message: string): never {
  throw new SyntaxRefusal(message);
}
