import { type Cidr, type IpAddress, prefixLength, type Protocol } from "#model";

/** Element of hash:ip,port sets: "10.96.0.1,tcp:443". */
export function frontendElement(
  protocol: Protocol,
  address: IpAddress,
  port: number,
): string {
  return `${address},${protocol}:${port}`;
}

/**
 * Element of hash:ip,port,net sets: "10.96.0.1,tcp:443,10.1.0.0/16". A
 * network of one address is written without its prefix, as ipset lists it.
 */
export function sourceRangeElement(frontend: string, source: Cidr): string {
  const bits = source.includes(":") ? 128 : 32;
  const text = prefixLength(source) === bits
    ? source.slice(0, source.indexOf("/"))
    : source;
  return `${frontend},${text}`;
}
