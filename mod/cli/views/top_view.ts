import type { ServiceTraffic, TrafficReport } from "../control/types.ts";
import { formatCount, formatTable } from "../text_table.ts";

/** What `top` sorts by. */
export const SORTS = ["connections", "rate", "bytes", "name"] as const;

/** One of them. */
export type TopSort = typeof SORTS[number];

/** How the listing looks. */
export interface TopOptions {
  /** What goes first. */
  readonly sort: TopSort;
  /** Longest line; absent: no bound. */
  readonly columns?: number;
  /** Most lines; absent: no bound. */
  readonly rows?: number;
}

/** Lines above the Services. */
const HEAD_LINES = 3;

const MEASURES: Readonly<
  Record<TopSort, (one: ServiceTraffic) => number>
> = {
  connections: ({ active, inactive }) => active + inactive,
  rate: ({ rates }) => rates.connections,
  bytes: ({ rates }) => rates.bytesIn + rates.bytesOut,
  name: () => 0,
};

/** Live figures as lines, the busiest Service first. */
export function viewTop(
  { nowMs, services, isEstimating }: TrafficReport,
  { sort, columns, rows = Infinity }: TopOptions,
): readonly string[] {
  const measure = MEASURES[sort];
  const sorted = [...services].sort((a, b) =>
    measure(b) - measure(a) || (a.service < b.service ? -1 : 1)
  );
  const shown = sorted.slice(0, Math.max(1, rows - HEAD_LINES));
  const sum = (of: (one: ServiceTraffic) => number): string =>
    formatCount(services.reduce((total, one) => total + of(one), 0));
  const time = new Date(nowMs).toISOString().slice(11, 19);
  return [
    `${time}  ${services.length} Services  ` +
    `${sum(({ active }) => active)} active, ` +
    `${sum(({ inactive }) => inactive)} other connections  ` +
    `${sum(({ rates }) => rates.connections)} new/s`,
    isEstimating
      ? ""
      : "no rates: net.ipv4.vs.run_estimation is 0, which saves CPU in large tables",
    ...formatTable([
      [
        ...["SERVICE", "ACTIVE", "OTHER", "CONN/S"],
        ...["PKT IN/S", "PKT OUT/S", "B IN/S", "B OUT/S", "SERVERS"],
      ],
      ...shown.map(({ service, active, inactive, realServers, rates }) => [
        service,
        ...[active, inactive, rates.connections].map(formatCount),
        ...[rates.packetsIn, rates.packetsOut].map(formatCount),
        ...[rates.bytesIn, rates.bytesOut].map(formatCount),
        String(realServers),
      ]),
    ], {
      right: [1, 2, 3, 4, 5, 6, 7, 8],
      ...(columns === undefined ? {} : { width: columns }),
    }),
  ];
}
