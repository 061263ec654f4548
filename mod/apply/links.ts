import type { IpAddress } from "#model";
import { isAlreadyExists, isNotFound } from "./errors.ts";
import { batchFailed, commandFailed, runBatch } from "./run_command.ts";
import { safeWord } from "./safe_text.ts";
import type { Argv, CommandRunner, Links } from "./types.ts";

/** Goes on after refused lines; tells the number of each. */
const BATCH: Argv = ["ip", "-force", "-batch", "-"];

/** The fields that are read of `ip -json -details address show`. */
interface ListedDevice {
  readonly ifname?: string;
  readonly linkinfo?: { readonly "info_kind"?: string };
  readonly "addr_info"?: readonly {
    readonly local?: string;
    readonly scope?: string;
  }[];
}

/** The device and its addresses through ip(8). */
export function createLinks(runner: CommandRunner): Links {
  return {
    async device(name) {
      const argv: Argv = ["ip", "-json", "-details", "addr", "show", "dev"];
      const result = await runner.run([...argv, safeWord("a device", name)]);
      if (result.code !== 0) {
        const error = commandFailed([...argv, name], result);
        if (isNotFound(error)) return undefined;
        throw error;
      }
      const [device] = parseDevices(result.stdout);
      return device && {
        isDummy: device.linkinfo?.info_kind === "dummy",
        addresses: addressesOf(device),
      };
    },
    async addDevice(name) {
      const argv: Argv = ["ip", "link", "add", safeWord("a device", name)];
      await runUnless(runner, [...argv, "type", "dummy"], isAlreadyExists);
    },
    async deleteDevice(name) {
      const argv: Argv = ["ip", "link", "delete", safeWord("a device", name)];
      await runUnless(runner, argv, isNotFound);
    },
    async hostAddresses() {
      const argv: Argv = ["ip", "-json", "addr"];
      const result = await runner.run(argv);
      const devices = result.code === 0 ? parseDevices(result.stdout) : [];
      // Every host has a loopback device: nothing at all is no listing.
      if (devices.length === 0) {
        throw commandFailed(argv, {
          ...result,
          stderr: result.stderr || "no device was listed",
        });
      }
      return new Map(
        devices.map((device) => [
          device.ifname ?? "",
          addressesOf(device),
        ]),
      );
    },
    async restore(device, changes) {
      await restoreAddresses(runner, device, changes);
    },
  };
}

/**
 * The device by which an address is reached, and so, where routes are the same
 * both ways, by which its packets come; undefined: no route leads there.
 */
export async function deviceTo(
  runner: CommandRunner,
  address: IpAddress,
): Promise<string | undefined> {
  const argv: Argv = ["ip", "-json", "route", "get"];
  const result = await runner.run([...argv, safeWord("an address", address)]);
  if (result.code !== 0) return undefined;
  const [route] = JSON.parse(result.stdout) as readonly { dev?: string }[];
  return route?.dev;
}

async function runUnless(
  runner: CommandRunner,
  argv: Argv,
  isDone: (error: unknown) => boolean,
): Promise<void> {
  const result = await runner.run(argv);
  if (result.code === 0) return;
  const error = commandFailed(argv, result);
  if (!isDone(error)) throw error;
}

function parseDevices(text: string): readonly ListedDevice[] {
  if (text.trim() === "") return [];
  try {
    // Empty objects stand for devices that a filter left out.
    return (JSON.parse(text) as ListedDevice[]).filter((device) =>
      device.ifname !== undefined
    );
  } catch (error) {
    throw new SyntaxError("Cannot read ip's output: not JSON", {
      cause: error,
    });
  }
}

/** Link-local addresses are the kernel's own: never listed. */
function addressesOf(device: ListedDevice): Set<IpAddress> {
  const addresses = new Set<IpAddress>();
  for (const { local, scope } of device.addr_info ?? []) {
    if (local !== undefined && scope !== "link") {
      addresses.add(local as IpAddress);
    }
  }
  return addresses;
}

/** An address with the length of a single host. */
function formatAddress(address: IpAddress): string {
  const length = address.includes(":") ? 128 : 32;
  return `${safeWord("an address", address)}/${length}`;
}

async function restoreAddresses(
  runner: CommandRunner,
  device: string,
  { add, delete: remove }: Parameters<Links["restore"]>[1],
): Promise<void> {
  if (add.length + remove.length === 0) return;
  const name = safeWord("a device", device);
  const lines = [
    // Without duplicate address detection it can be used at once.
    ...add.map((address) =>
      `address replace ${formatAddress(address)} dev ${name}${
        address.includes(":") ? " nodad" : ""
      }`
    ),
    ...remove.map((address) =>
      `address delete ${formatAddress(address)} dev ${name}`
    ),
  ];
  const result = await runBatch(runner, BATCH, lines);
  const refusals = readRefusals(result.stderr, lines, add.length);
  if (refusals.length > 0 || (result.code !== 0 && result.stderr === "")) {
    throw batchFailed(BATCH, result, refusals);
  }
}

const ABSENT_ADDRESS = "RTNETLINK answers: Cannot assign requested address";

/**
 * Sentences with the line that each is about. Deleting what is absent is done
 * already. A sentence without a line number ended the batch there.
 */
function readRefusals(
  stderr: string,
  lines: readonly string[],
  adds: number,
): readonly string[] {
  const refusals: string[] = [];
  let sentences: string[] = [];
  for (const text of stderr.split("\n")) {
    const match = /^Command failed -:(\d+)$/.exec(text);
    if (match === null) {
      if (text.trim() !== "") sentences.push(text.trim());
      continue;
    }
    const index = Number(match[1]) - 1;
    const sentence = sentences.join(" ");
    sentences = [];
    if (index >= adds && sentence === ABSENT_ADDRESS) continue;
    refusals.push(`${lines[index] ?? `line ${index + 1}`}: ${sentence}`);
  }
  return [...refusals, ...sentences];
}
