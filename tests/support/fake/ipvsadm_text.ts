import {
  type FakeRealServer,
  type FakeVirtualServer,
  flagNames,
  sorted,
} from "./ipvs_state.ts";

/** Heading of a listing of all. */
export const LIST_VERSION = "IP Virtual Server version 1.2.1 (size=4096)\n";
/** Heading of every listing. */
export const LIST_HEADING = "Prot LocalAddress:Port Scheduler Flags\n" +
  "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n";

const FORWARDING = {
  m: " Masq    ",
  g: " Route   ",
  i: " Tunnel  ",
} as const;

/** One virtual server as `ipvsadm -Ln` prints it. */
export function listText(server: FakeVirtualServer): string {
  let text = `${listName(server)} ${server.scheduler}`;
  const flags = flagNames(server);
  if (flags !== "") text += ` (${flags})`;
  if (server.persistence !== undefined) {
    text += ` persistent ${server.persistence}`;
    if (server.mask !== undefined) text += ` mask ${server.mask}`;
  }
  if (server.onePacket) text += " ops";
  text += "\n";
  for (const real of sorted(server.realServers.values())) {
    text += listReal(real);
  }
  return text;
}

const PROTOCOLS: Readonly<Record<string, string>> = {
  "-t": "TCP ",
  "-u": "UDP ",
  "--sctp-service": "SCTP",
};

function listName(server: FakeVirtualServer): string {
  const [option = "", name = ""] = server.key.split(" ");
  if (option === "-f") {
    return `FWM  ${name}${server.family === "inet6" ? " IPv6" : ""}`;
  }
  return `${PROTOCOLS[option]} ${name}`;
}

const NO_CONNECTIONS = "0          0         ";

function listReal(real: FakeRealServer): string {
  const counts = real.active === 0 && real.inactive === 0
    ? NO_CONNECTIONS
    : `${String(real.active).padEnd(10)} ${String(real.inactive).padEnd(10)}`;
  return "  -> " + real.text.padEnd(28) + FORWARDING[real.forwarding] +
    String(real.weight).padEnd(7) + counts + "\n";
}

/** One virtual server as `ipvsadm -Sn` prints it. */
export function saveText(server: FakeVirtualServer): string {
  let text = `-A ${server.key} -s ${server.scheduler}`;
  if (server.persistence !== undefined) {
    text += ` -p ${server.persistence}`;
    if (server.mask !== undefined) text += ` -M ${server.mask}`;
  }
  if (server.onePacket) text += " -o";
  const flags = flagNames(server);
  if (flags !== "") text += ` -b ${flags}`;
  text += "\n";
  for (const real of sorted(server.realServers.values())) {
    const tunnel = real.forwarding === "i" ? " --tun-type ipip" : "";
    text += `-a ${server.key} -r ${real.text} -${real.forwarding} ` +
      `-w ${real.weight}${tunnel}\n`;
  }
  return text;
}

/** Headings of `ipvsadm -Ln --stats` and `--rate`. */
export const TRAFFIC_HEADINGS = {
  "--stats": "Prot LocalAddress:Port               Conns   InPkts  OutPkts" +
    "  InBytes OutBytes\n  -> RemoteAddress:Port\n",
  "--rate": "Prot LocalAddress:Port                 CPS    InPPS   OutPPS" +
    "    InBPS   OutBPS\n  -> RemoteAddress:Port\n",
} as const;

/** One virtual server as `ipvsadm -Ln --stats --exact` prints it. */
export function trafficText(server: FakeVirtualServer): string {
  const sum = [0, 0, 0, 0, 0];
  let text = "";
  for (const real of sorted(server.realServers.values())) {
    const traffic = real.traffic ?? [0, 0, 0, 0, 0];
    traffic.forEach((count, column) => sum[column]! += count);
    text += `  -> ${real.text.padEnd(28)}${numbers(traffic)}\n`;
  }
  return `${listName(server).padEnd(33)}${numbers(sum)}\n${text}`;
}

function numbers(counts: readonly number[]): string {
  return counts.map((count) => `${String(count).padStart(8)} `).join("");
}
