import { type Answer, fails, misuse, says } from "./misuse.ts";
import {
  ALL_SCHEDULERS,
  type FakeVirtualServer,
  readSocket,
  sorted,
} from "./ipvs_state.ts";
import { parse, type Parsed, tryParse, VERBS } from "./ipvsadm_parse.ts";
import {
  LIST_HEADING,
  LIST_VERSION,
  listText,
  saveText,
  TRAFFIC_HEADINGS,
  trafficText,
} from "./ipvsadm_text.ts";

const DONE = says("");

/** ipvsadm 1.31 over a virtual server table. */
export class FakeIpvsadm {
  /** The kernel's table; tests may edit it as a foreigner would. */
  readonly table = new Map<string, FakeVirtualServer>();
  /** Schedulers that the kernel can load. */
  readonly schedulers = new Set(ALL_SCHEDULERS);
  /** `ipvsadm --set`: tcp, tcpfin, udp. */
  timeouts: [number, number, number] = [900, 120, 300];
  /** False: the kernel has no IPVS. */
  supported = true;
  /** Lines of `ipvsadm -Lnc`; tests set them. */
  connections: string[] = [];

  run(parameters: readonly string[], stdin: string): Answer {
    const [first = "", ...rest] = parameters;
    if (!this.supported) {
      return fails(
        2,
        "Can't initialize ipvs: Protocol not available\nAre you sure that " +
          "IP Virtual Server is built in the kernel or as module?\n",
      );
    }
    if (first === "--restore" || first === "-R") {
      if (rest.length > 0) misuse("ipvsadm", parameters.join(" "));
      return this.#restore(stdin);
    }
    if (first === "-Sn" && rest.length === 0) return says(this.dump());
    if (first === "-Ln") return this.#list(rest);
    if (first === "-Lnc" && rest.length === 0) {
      return says(`IPVS connection entries\n${this.connections.join("")}`);
    }
    if (parameters.join(" ") === "--list --timeout") return this.#list(rest);
    if (parameters.join(" ") === "--list --numeric") return this.#list([]);
    if (first === "--set" && rest.length === 3) return this.#set(rest);
    if (first === "-C" && rest.length === 0) {
      this.table.clear();
      return says("");
    }
    if (!VERBS.has(first)) misuse("ipvsadm", parameters.join(" "));
    return this.#one(parameters);
  }

  /** The table in the syntax of `ipvsadm -Sn`. */
  dump(): string {
    return sorted(this.table.values()).map(saveText).join("");
  }

  /** Applies lines as an administrator would type them; throws if refused. */
  edit(...lines: readonly string[]): void {
    for (const line of lines) {
      const answer = this.#one(line.split(" "));
      if (answer.stderr !== "") {
        throw new Error(`cannot edit "${line}": ${answer.stderr}`);
      }
    }
  }

  /** Sets the connection counts of a real server. */
  setConnections(
    key: string,
    realServer: string,
    counts: { readonly active?: number; readonly inactive?: number },
  ): void {
    const real = this.table.get(key)?.realServers.get(realServer);
    if (real === undefined) throw new Error(`no ${realServer} in ${key}`);
    real.active = counts.active ?? real.active;
    real.inactive = counts.inactive ?? real.inactive;
  }

  #set(values: readonly string[]): Answer {
    const numbers = values.map(Number);
    if (!numbers.every((value) => Number.isInteger(value) && value >= 0)) {
      return fails(2, `illegal timeout value specified\n`);
    }
    this.timeouts = numbers.map((value, index) =>
      value === 0 ? this.timeouts[index]! : value
    ) as [number, number, number];
    return says("");
  }

  #list(parameters: readonly string[]): Answer {
    const options = parameters.filter((option) => option !== "--exact");
    const [kind, ...rest] = options;
    if (kind === "--stats" || kind === "--rate") {
      return this.#traffic(kind, rest);
    }
    if (options.length === 0) {
      const body = sorted(this.table.values()).map(listText).join("");
      return says(LIST_VERSION + LIST_HEADING + body);
    }
    if (options[0] === "--timeout" && options.length === 1) {
      return says(`Timeout (tcp tcpfin udp): ${this.timeouts.join(" ")}\n`);
    }
    const name = tryParse(() => parse(["-L", ...options]).name);
    if (typeof name === "string") return fails(2, name);
    const server = name === undefined ? undefined : this.table.get(name.key);
    if (server === undefined) return fails(1, "No such service\n");
    return says(LIST_HEADING + listText(server));
  }

  #traffic(kind: "--stats" | "--rate", rest: readonly string[]): Answer {
    const heading = TRAFFIC_HEADINGS[kind];
    if (rest.length === 0) {
      const body = sorted(this.table.values()).map(trafficText).join("");
      return says(LIST_VERSION + heading + body);
    }
    const name = tryParse(() => parse(["-L", ...rest]).name);
    if (typeof name === "string") return fails(2, name);
    const server = name === undefined ? undefined : this.table.get(name.key);
    if (server === undefined) return fails(1, "No such service\n");
    return says(heading + trafficText(server));
  }

  /** Goes on after refused lines; ends at one that it cannot parse. */
  #restore(stdin: string): Answer {
    let last: Answer = says("");
    let stderr = "";
    for (let end = -1; end < stdin.length;) {
      const start = end + 1;
      end = stdin.indexOf("\n", start);
      if (end < 0) end = stdin.length;
      if (start === end) continue;
      const line = stdin.slice(start, end);
      if (this.#addPlainReal(line)) {
        last = DONE;
        continue;
      }
      const words = line.includes("  ") || line.endsWith(" ")
        ? line.trim().split(/ +/)
        : line.split(" ");
      last = this.#one(words);
      if (last.stderr === "") continue;
      stderr += last.stderr;
      if (last.code === 2) break;
    }
    return { code: last.code, stdout: "", stderr };
  }

  #lastServer: FakeVirtualServer | undefined;

  /**
   * The line of which large batches are made, "-a KEY -r REAL -m -w N" for
   * the virtual server that was just added; anything else is for `#one`.
   */
  #addPlainReal(line: string): boolean {
    const server = this.#lastServer;
    if (server === undefined || server.family !== "inet") return false;
    const start = `-a ${server.key} -r `;
    const end = line.indexOf(" -m -w ");
    if (!line.startsWith(start) || end < 0) return false;
    const socket = readSocket(line.slice(start.length, end));
    const weight = line.slice(end + 7);
    if (socket?.family !== "inet" || !/^\d{1,5}$/.test(weight)) return false;
    const { text, sortKey } = socket;
    if (server.realServers.has(text)) return false;
    if (this.table.get(server.key) !== server) return false;
    server.realServers.set(text, {
      text,
      sortKey,
      forwarding: "m",
      weight: Number(weight),
      active: 0,
      inactive: 0,
    });
    return true;
  }

  #one(words: readonly string[]): Answer {
    const parsed = tryParse(() => parse(words));
    if (typeof parsed === "string") return fails(2, parsed);
    const refusal = this.#apply(parsed);
    return refusal === undefined ? DONE : fails(255, `${refusal}\n`);
  }

  #apply(parsed: Parsed): string | undefined {
    const name = parsed.name!;
    const server = this.table.get(name.key);
    switch (parsed.verb) {
      case "-A":
        if (server !== undefined) return "Service already exists";
        return this.#put(parsed, new Map());
      case "-E":
        if (server === undefined) return "No such service";
        return this.#put(parsed, server.realServers);
      case "-D":
        if (server === undefined) return "No such service";
        this.table.delete(name.key);
        return undefined;
      default:
        if (server === undefined) return "Service not defined";
        return applyReal(parsed, server);
    }
  }

  #put(
    parsed: Parsed,
    realServers: FakeVirtualServer["realServers"],
  ): string | undefined {
    const scheduler = parsed.scheduler ?? "wlc";
    if (!this.schedulers.has(scheduler)) {
      return "Scheduler or persistence engine not found";
    }
    const { key, sortKey, family, port } = parsed.name!;
    this.#lastServer = {
      key,
      sortKey,
      family,
      port,
      scheduler,
      flagBits: parsed.bits ?? 0,
      persistence: parsed.persistence,
      mask: parsed.mask,
      onePacket: parsed.onePacket ?? false,
      realServers,
    };
    this.table.set(key, this.#lastServer);
    return undefined;
  }
}

function applyReal(
  parsed: Parsed,
  server: FakeVirtualServer,
): string | undefined {
  const socket = parsed.real!;
  const forwarding = parsed.forwarding ?? "g";
  const samePort = forwarding === "m" || server.port === undefined ||
    parsed.verb === "-d";
  const text = samePort
    ? socket.text
    : socket.text.replace(/\d+$/, String(server.port));
  const present = server.realServers.get(text);
  if (parsed.verb === "-a" && present !== undefined) {
    return "Destination already exists";
  }
  if (parsed.verb !== "-a" && present === undefined) {
    return "No such destination";
  }
  if (parsed.verb === "-d") {
    server.realServers.delete(text);
    return undefined;
  }
  server.realServers.set(text, {
    text,
    sortKey: socket.sortKey,
    forwarding,
    weight: parsed.weight ?? 1,
    active: present?.active ?? 0,
    inactive: present?.inactive ?? 0,
  });
  return undefined;
}
