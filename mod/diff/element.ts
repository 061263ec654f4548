import type { IpAddress } from "#model";
import { type FrontendKey, SET_KINDS, type SetEntry, setName } from "#plan";

/** Identity of a set element: "KUBE-VS4-FRONTENDS 10.96.0.1,tcp:443". */
export function elementId(entry: SetEntry): string {
  return `${setName(entry.set, entry.family)} ${entry.element}`;
}

/** The element of set `addresses` that stands for a bound address. */
export function addressEntry(address: IpAddress): SetEntry {
  return {
    family: address.includes(":") ? "ipv6" : "ipv4",
    set: "addresses",
    element: address,
  };
}

const SETS = new Map(
  SET_KINDS.flatMap((set) =>
    (["ipv4", "ipv6"] as const).map((family) =>
      [setName(set, family), { family, set }] as const
    )
  ),
);

/** The element that an `elementId` names; undefined: of no set of ours. */
export function parseElementId(id: string): SetEntry | undefined {
  const space = id.indexOf(" ");
  const set = SETS.get(id.slice(0, space));
  return set && { ...set, element: id.slice(space + 1) };
}

/** "10.96.0.1,tcp:80" is frontend "tcp/10.96.0.1:80". */
export function frontendOfElement(element: string): FrontendKey {
  const [address = "", service = ""] = element.split(",");
  const [protocol = "", port = ""] = service.split(":");
  const host = address.includes(":") ? `[${address}]` : address;
  return `${protocol}/${host}:${port}` as FrontendKey;
}
