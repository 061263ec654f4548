import { type IpAddress, toBytes } from "#model";

/** Offsets of source and target address in the network header. */
const OFFSETS = {
  4: { source: 12, target: 16 },
  16: { source: 8, target: 24 },
} as const;

/** The two addresses that a filter may compare. */
export interface Addresses {
  /** Of the sender. */
  readonly source: IpAddress;
  /** Of the receiver. */
  readonly target: IpAddress;
}

/**
 * Runs a classic BPF filter as xt_bpf has it: "COUNT,CODE JT JF K,...". Only
 * what compares parts of addresses is known.
 *
 * @returns whether it matches; undefined when it asks for anything else
 */
export function runBpf(
  code: string,
  addresses: Addresses,
): boolean | undefined {
  const [, ...lines] = code.split(",");
  const program = lines.map((line) => line.split(" ").map(Number));
  let accumulator = 0;
  let index = 0;
  for (let at = 0; at < program.length;) {
    const [opcode, ifTrue = 0, ifFalse = 0, value = 0] = program[at++]!;
    if (opcode === 32) {
      const word = wordAt(value, addresses);
      if (word === undefined) return undefined;
      accumulator = word;
    } else if (opcode === 7) index = accumulator;
    else if (opcode === 29) at += accumulator === index ? ifTrue : ifFalse;
    else if (opcode === 6) return value !== 0;
    else return undefined;
  }
  return undefined;
}

/** Four bytes of an address; undefined: the offset is elsewhere. */
function wordAt(
  offset: number,
  { source, target }: Addresses,
): number | undefined {
  for (const [name, address] of Object.entries({ source, target })) {
    const bytes = toBytes(address);
    const start = OFFSETS[bytes.length as 4 | 16][name as keyof Addresses];
    const from = offset - start;
    if (from < 0 || from + 4 > bytes.length) continue;
    return bytes.slice(from, from + 4)
      .reduce((word, byte) => word * 256 + byte, 0);
  }
  return undefined;
}
