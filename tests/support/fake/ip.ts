import { type Answer, fails, misuse, says } from "./misuse.ts";
import { readAddress } from "./addresses.ts";

/** An address of a device. */
interface FakeDeviceAddress {
  readonly family: "inet" | "inet6";
  readonly local: string;
  readonly prefixlen: number;
}

/** A device in the fake kernel. */
export interface FakeDevice {
  readonly index: number;
  readonly name: string;
  readonly kind: "dummy" | "loopback" | "ether";
  /** By "address/length". */
  readonly addresses: Map<string, FakeDeviceAddress>;
}

/** ip (iproute2 6.1) over devices and their addresses. */
export class FakeIp {
  /** The kernel's devices; tests may edit them as a foreigner would. */
  readonly devices = new Map<string, FakeDevice>();
  /** Device of the route to every other host; undefined: there is none. */
  routesTo: string | undefined;
  /** Source of that route; undefined: it has none. */
  source: string | undefined;
  /** Local routes that are marked as ours, network to source. */
  readonly routes = new Map<string, string | undefined>();
  /** Told of each change, as `ip monitor` prints it. */
  onChange: (lines: readonly string[]) => void = () => {};
  #nextIndex = 1;

  constructor() {
    this.addDevice("lo", "loopback", ["127.0.0.1/8", "::1/128"]);
  }

  run(parameters: readonly string[], stdin: string): Answer {
    const text = parameters.join(" ");
    const show = /^-json (?:-details )?(addr|link)(?: show(?: dev (\S+))?)?$/
      .exec(text);
    if (show !== null) {
      return this.#show(show[2], {
        details: text.includes("-details"),
        addresses: show[1] === "addr",
      });
    }
    const routes = /^-([46]) -json route show table local proto 106$/.exec(
      text,
    );
    if (routes !== null) return this.#showRoutes(routes[1] === "6");
    if (text.startsWith("-json route get ")) {
      return this.routesTo === undefined
        ? fails(2, "RTNETLINK answers: Network is unreachable\n")
        : says(JSON.stringify([{ dev: this.routesTo, prefsrc: this.source }]));
    }
    if (text === "-batch -") return this.#batch(stdin, "stop");
    if (text === "-force -batch -") return this.#batch(stdin, "go on");
    const add = /^link add (?:name )?(\S+) type dummy$/.exec(text);
    if (add !== null) {
      if (this.devices.has(add[1]!)) {
        return fails(2, "RTNETLINK answers: File exists\n");
      }
      this.addDevice(add[1]!, "dummy", []);
      return says("");
    }
    const remove = /^link (?:delete|del) (\S+)$/.exec(text);
    if (remove === null) return misuse("ip", text);
    if (!this.devices.has(remove[1]!)) {
      return fails(1, `Cannot find device "${remove[1]}"\n`);
    }
    this.deleteDevice(remove[1]!);
    return says("");
  }

  /** Deletes a device as a foreigner would. */
  deleteDevice(name: string): void {
    const device = this.devices.get(name);
    if (device === undefined) throw new Error(`no device ${name}`);
    for (const address of [...device.addresses.keys()]) {
      this.deleteAddress(name, address);
    }
    this.devices.delete(name);
    this.#tellLink("Deleted ", device);
  }

  #tellLink(verb: "" | "Deleted ", device: FakeDevice): void {
    this.onChange([
      `${verb}${device.index}: ${device.name}: <BROADCAST,NOARP> mtu 1500 ` +
      "qdisc noop state DOWN group default ",
      "    link/ether 3e:7f:d7:ca:e3:05 brd ff:ff:ff:ff:ff:ff",
    ]);
  }

  /** Adds a device as a foreigner would. */
  addDevice(
    name: string,
    kind: FakeDevice["kind"],
    addresses: readonly string[],
  ): void {
    const index = this.#nextIndex++;
    const device = { index, name, kind, addresses: new Map() };
    this.devices.set(name, device);
    this.#tellLink("", device);
    for (const address of addresses) this.addAddress(name, address);
  }

  /** Adds "address/length" as a foreigner would. */
  addAddress(device: string, address: string): void {
    const refusal = this.#address("add", address, device);
    if (refusal !== undefined) throw new Error(refusal);
  }

  /** Deletes "address/length" as a foreigner would. */
  deleteAddress(device: string, address: string): void {
    const refusal = this.#address("delete", address, device);
    if (refusal !== undefined) throw new Error(refusal);
  }

  /** Devices but lo as the commands that would make them. */
  dump(): string {
    let text = "";
    for (const [cidr, source] of this.routes) {
      text += `route add local ${cidr}${source ? ` src ${source}` : ""}\n`;
    }
    for (const device of this.devices.values()) {
      if (device.kind === "loopback") continue;
      text += `link add ${device.name} type ${device.kind}\n`;
      for (const address of device.addresses.keys()) {
        text += `address add ${address} dev ${device.name}\n`;
      }
    }
    return text;
  }

  #show(
    name: string | undefined,
    what: { readonly details: boolean; readonly addresses: boolean },
  ): Answer {
    const devices = [...this.devices.values()].filter((device) =>
      name === undefined || device.name === name
    );
    if (name !== undefined && devices.length === 0) {
      return fails(1, `Device "${name}" does not exist.\n`);
    }
    const shown = devices.map((device) => ({
      ifindex: device.index,
      ifname: device.name,
      flags: device.kind === "dummy" ? ["BROADCAST", "NOARP"] : ["UP"],
      link_type: device.kind === "loopback" ? "loopback" : "ether",
      ...what.details && device.kind === "dummy"
        ? { linkinfo: { info_kind: "dummy" } }
        : {},
      ...what.addresses
        ? { addr_info: [...device.addresses.values()].map(addressInfo) }
        : {},
    }));
    return says(`${JSON.stringify(shown)}\n`);
  }

  #batch(stdin: string, refused: "stop" | "go on"): Answer {
    let stderr = "";
    const lines = stdin.split("\n");
    for (let i = 0; i < lines.length; i++) {
      const words = lines[i]!.split(" ").filter((word) => word !== "");
      if (words.length === 0) continue;
      const refusal = this.#batchLine(words);
      if (refusal === undefined) continue;
      stderr += `${refusal}\n`;
      // A value that cannot be parsed ends even a forced batch.
      if (refusal.startsWith("Error: ")) return fails(1, stderr);
      stderr += `Command failed -:${i + 1}\n`;
      if (refused === "stop") return fails(1, stderr);
    }
    return { code: stderr === "" ? 0 : 1, stdout: "", stderr };
  }

  #batchLine(words: readonly string[]): string | undefined {
    const line = words.join(" ");
    if (words[0] === "route") return this.#route(line);
    const match = /^address (add|replace|delete|del) (\S+) dev (\S+?)( nodad)?$/
      .exec(line);
    if (match === null) misuse("ip", `the line "${line}"`);
    const verb = match[1] === "del" ? "delete" : match[1];
    return this.#address(
      verb as "add" | "replace" | "delete",
      match[2]!,
      match[3]!,
    );
  }

  #showRoutes(isIpv6: boolean): Answer {
    const shown = [...this.routes]
      .filter(([dst]) => dst.includes(":") === isIpv6)
      .map(([dst, prefsrc]) => ({
        type: "local",
        dst,
        dev: "lo",
        ...(prefsrc === undefined ? {} : { prefsrc }),
        flags: [],
      }));
    return says(`${JSON.stringify(shown)}\n`);
  }

  #route(line: string): string | undefined {
    const match =
      /^route (replace|delete) local (\S+) dev lo table local proto 106(?: src (\S+))?$/
        .exec(line);
    if (match === null) misuse("ip", `the line "${line}"`);
    const [, verb, cidr = "", source] = match;
    if (verb === "replace") {
      const isOwn = source === undefined ||
        [...this.devices.values()].some(({ addresses }) =>
          [...addresses.values()].some(({ local }) => local === source)
        );
      if (!isOwn) return "Error: Invalid prefsrc address.";
      this.routes.set(cidr, source);
      return undefined;
    }
    return this.routes.delete(cidr)
      ? undefined
      : "RTNETLINK answers: No such process";
  }

  #address(
    verb: "add" | "replace" | "delete",
    text: string,
    deviceName: string,
  ): string | undefined {
    const [host = "", suffix] = text.split("/");
    const address = readAddress(host);
    const bits = address?.family === "inet" ? 32 : 128;
    const prefixlen = suffix === undefined ? bits : Number(suffix);
    if (address === undefined || !(prefixlen <= bits)) {
      return `Error: any valid prefix is expected rather than "${text}".`;
    }
    const device = this.devices.get(deviceName);
    if (device === undefined) return `Cannot find device "${deviceName}"`;
    const key = `${address.text}/${prefixlen}`;
    const present = device.addresses.has(key);
    if (verb === "add" && present) return "RTNETLINK answers: File exists";
    if (verb === "delete") {
      if (!present) return "RTNETLINK answers: Cannot assign requested address";
      device.addresses.delete(key);
    } else {
      const { family, text: local } = address;
      device.addresses.set(key, { family, local, prefixlen });
    }
    this.#tell(verb, device, { family: address.family, key });
    return undefined;
  }

  #tell(
    verb: string,
    device: FakeDevice,
    address: { readonly family: string; readonly key: string },
  ): void {
    this.onChange([
      `${verb === "delete" ? "Deleted " : ""}${device.index}: ${device.name}` +
      `    ${address.family} ${address.key} scope global ${device.name}`,
      "       valid_lft forever preferred_lft forever",
    ]);
  }
}

function addressInfo(address: FakeDeviceAddress): unknown {
  const loopback = address.local.startsWith("127.") || address.local === "::1";
  const link = address.local.startsWith("fe80:");
  return { ...address, scope: loopback ? "host" : link ? "link" : "global" };
}
