import { readAddress, readNetwork } from "./addresses.ts";

/** Types of set that the fake knows. */
export type FakeSetType =
  | "hash:ip"
  | "hash:ip,port"
  | "hash:ip,port,net"
  | "hash:ip,port,ip"
  | "bitmap:port";

/** An element, or why ipset's parser refuses it. */
export type ReadElement =
  | { readonly element: string }
  | { readonly syntaxError: string }
  | { readonly kernelError: string };

/** Reads an element into the text that `ipset save` prints. */
export function readElement(
  text: string,
  type: FakeSetType,
  family: "inet" | "inet6",
): ReadElement {
  if (type === "bitmap:port") return readBitmapPort(text);
  const parts = text.split(",");
  const wanted = type.split(",").length;
  if (parts.length !== wanted) {
    return {
      syntaxError: `Syntax error: Second element is missing from ${text}.`,
    };
  }
  const address = readIp(parts[0]!, family);
  if ("syntaxError" in address || wanted === 1) return address;
  const port = readPort(parts[1]!);
  if ("syntaxError" in port) return port;
  const pair = `${address.element},${port.element}`;
  if (wanted === 2) return { element: pair === text ? text : pair };
  const net = type === "hash:ip,port,ip"
    ? readIp(parts[2]!, family)
    : readNet(parts[2]!, family);
  if ("syntaxError" in net) return net;
  return "element" in net ? { element: `${pair},${net.element}` } : net;
}

function readBitmapPort(text: string): ReadElement {
  const port = Number(text);
  return /^\d+$/.test(text) && port <= 65535 ? { element: String(port) } : {
    syntaxError: `Syntax error: '${text}' is out of range 0-65535`,
  };
}

type Part = { readonly element: string } | { readonly syntaxError: string };

function unresolved(text: string, family: "inet" | "inet6"): Part {
  const name = family === "inet" ? "IPv4" : "IPv6";
  return {
    syntaxError:
      `Syntax error: cannot parse ${text}: resolving to ${name} address failed`,
  };
}

function readIp(text: string, family: "inet" | "inet6"): Part {
  const bits = family === "inet" ? 32 : 128;
  const [host = "", suffix] = text.includes("/") ? text.split("/") : [text];
  if (suffix !== undefined && !(Number(suffix) <= bits)) {
    return {
      syntaxError: `Syntax error: '${suffix}' is out of range 0-${bits}`,
    };
  }
  const address = readAddress(host);
  if (address?.family !== family) return unresolved(text, family);
  if (suffix !== undefined && Number(suffix) !== bits) {
    throw new Error(`the fake ipset knows no ranges: ${text}`);
  }
  return { element: address.text };
}

function readPort(text: string): Part {
  const match = /^(tcp|udp|sctp):(\d+)$/.exec(text);
  if (match === null) {
    return { syntaxError: `Syntax error: cannot parse '${text}' as a port` };
  }
  if (Number(match[2]) > 65535) {
    return {
      syntaxError: `Syntax error: '${match[2]}' is out of range 0-65535\n` +
        `cannot parse '${match[2]}' as a ${match[1]} port`,
    };
  }
  return { element: `${match[1]}:${Number(match[2])}` };
}

function readNet(text: string, family: "inet" | "inet6"): ReadElement {
  const network = readNetwork(text);
  const bits = family === "inet" ? 32 : 128;
  if (network === undefined) {
    const suffix = text.split("/")[1];
    return suffix === undefined ? unresolved(text, family) : {
      syntaxError: `Syntax error: '${suffix}' is out of range 0-${bits}`,
    };
  }
  if (network.address.family !== family) return unresolved(text, family);
  if (network.length === 0) {
    return {
      kernelError:
        "The value of the CIDR parameter of the IP address is invalid",
    };
  }
  const suffix = network.length === bits ? "" : `/${network.length}`;
  return { element: `${network.address.text}${suffix}` };
}
