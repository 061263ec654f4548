import {
  type Cidr,
  familyOfCidr,
  type IpFamily,
  prefixLength,
  type Service,
} from "#model";

/**
 * Networks that may use a load-balancer frontend of one family; "everybody"
 * when the Service limits nobody or one of them is the whole family. An empty
 * list closes the family: ranges of the other one open nothing here.
 */
export function selectSourceRanges(
  { sourceRanges }: Service,
  family: IpFamily,
): readonly Cidr[] | "everybody" {
  if (sourceRanges === undefined) return "everybody";
  const own = sourceRanges.filter((cidr) => familyOfCidr(cidr) === family);
  return own.some((cidr) => prefixLength(cidr) === 0) ? "everybody" : own;
}
