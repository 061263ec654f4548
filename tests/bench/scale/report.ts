/**
 * The figures as a table, as a picture, and against their bounds.
 *
 * @module
 */

/** What one size of cluster showed. */
export interface Result {
  /** Services. */
  readonly services: number;
  /** Endpoints in all, as the model counts them. */
  readonly endpoints: number;
  /** From the program's first line to a synced model. */
  readonly syncedMs: number;
  /** From there to a complete plan. */
  readonly planMs: number;
  /** CPU time of both, which a busy machine does not stretch. */
  readonly planCpuMs: number;
  /** Bytes from the API server up to then. */
  readonly bytes: number;
  /** Resident memory of the stages up to the plan, after settling. */
  readonly followerBytes: number;
  /** Resident memory of the whole program, after settling. */
  readonly residentBytes: number;
  /** Most resident memory of the whole program. */
  readonly peakBytes: number;
  /** CPU time of 1,000 changes. */
  readonly changesCpuMs: number;
  /** From the arrival of each change to its plan. */
  readonly latenciesMs: readonly number[];
}

interface Bound {
  readonly services: number;
  readonly endpoints: number;
  readonly name: string;
  readonly most: number;
  value(result: Result): number;
}

const BOUNDS: readonly Bound[] = [
  {
    services: 1_000,
    endpoints: 10_000,
    name: "resident MB",
    most: 80,
    value: ({ residentBytes }) => megabytes(residentBytes),
  },
  {
    services: 10_000,
    endpoints: 100_000,
    name: "resident MB",
    most: 150,
    value: ({ residentBytes }) => megabytes(residentBytes),
  },
  {
    services: 10_000,
    endpoints: 100_000,
    name: "synced s",
    most: 5,
    value: ({ syncedMs }) => syncedMs / 1000,
  },
  {
    services: 10_000,
    endpoints: 100_000,
    name: "p99 to plan ms",
    most: 20,
    value: ({ latenciesMs }) => percentile(latenciesMs, 99),
  },
];

/** The table, and whether every bound is kept. */
export function formatTable(
  results: readonly Result[],
): { readonly text: string; readonly isWithin: boolean } {
  const head = [
    "services",
    "endpoints",
    "synced s",
    "plan s",
    "CPU s so far",
    "MB received",
    "up to plan MB",
    "resident MB",
    "peak MB",
    "CPU ms of 1,000 changes",
    "p50 ms",
    "p99 ms",
  ];
  const rows = results.map((one) => [
    String(one.services),
    String(one.endpoints),
    (one.syncedMs / 1000).toFixed(2),
    (one.planMs / 1000).toFixed(2),
    (one.planCpuMs / 1000).toFixed(2),
    megabytes(one.bytes).toFixed(1),
    megabytes(one.followerBytes).toFixed(0),
    megabytes(one.residentBytes).toFixed(0),
    megabytes(one.peakBytes).toFixed(0),
    one.changesCpuMs.toFixed(0),
    percentile(one.latenciesMs, 50).toFixed(2),
    percentile(one.latenciesMs, 99).toFixed(2),
  ]);
  const widths = head.map((name, at) =>
    Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0))
  );
  const line = (cells: readonly string[]): string =>
    `| ${
      cells.map((cell, at) => cell.padStart(widths[at] ?? 0)).join(" | ")
    } |`;
  const kept = [
    ...BOUNDS.map((bound) => judge(bound, results)),
    judgeFlatness(results),
  ];
  const text = [
    line(head),
    line(widths.map((width) => "-".repeat(width))),
    ...rows.map(line),
    "",
    ...kept.map(({ text }) => text),
  ].join("\n");
  return { text, isWithin: kept.every(({ isKept }) => isKept) };
}

/** A bound of a size that was not asked for. */
const NOT_MEASURED = { text: "not measured: a bound", isKept: true };

function judge(
  bound: Bound,
  results: readonly Result[],
): { readonly text: string; readonly isKept: boolean } {
  const result = results.find((one) =>
    one.services === bound.services && one.endpoints === bound.endpoints
  );
  if (result === undefined) return NOT_MEASURED;
  const value = bound.value(result);
  const isKept = value <= bound.most;
  const text = `${isKept ? "kept" : "EXCEEDED"}: ${bound.name} of ` +
    `${bound.services} Services is ${value.toFixed(1)}, bound ${bound.most}`;
  return { text, isKept };
}

/** CPU time of a change among ten times as many Services, at most. */
const MOST_GROWTH = 2;

function judgeFlatness(
  results: readonly Result[],
): { readonly text: string; readonly isKept: boolean } {
  const costOf = (services: number): number =>
    results.find((one) =>
      one.services === services && one.endpoints === 10 * services
    )?.changesCpuMs ?? NaN;
  const growth = costOf(10_000) / costOf(1_000);
  if (Number.isNaN(growth)) return NOT_MEASURED;
  const isKept = growth <= MOST_GROWTH;
  const text = `${isKept ? "kept" : "EXCEEDED"}: a change among 10000 ` +
    `Services costs ${growth.toFixed(1)} times what it costs among 1000, ` +
    `bound ${MOST_GROWTH}`;
  return { text, isKept };
}

/** The picture: resident memory and time to a synced model, by size. */
export function formatSvg(results: readonly Result[]): string {
  const most = Math.max(...results.map((one) => megabytes(one.peakBytes)));
  const bars = results.map((one, at) => {
    const y = 40 + at * 44;
    const resident = 420 * megabytes(one.residentBytes) / most;
    const peak = 420 * megabytes(one.peakBytes) / most;
    const label = `${one.services.toLocaleString("en")} Services, ` +
      `${one.endpoints.toLocaleString("en")} endpoints`;
    return [
      `<text x="10" y="${y + 15}">${label}</text>`,
      `<rect x="270" y="${y}" width="${
        peak.toFixed(0)
      }" height="20" fill="#c9d6ea"/>`,
      `<rect x="270" y="${y}" width="${
        resident.toFixed(0)
      }" height="20" fill="#326ce5"/>`,
      `<text x="${280 + peak}" y="${y + 15}">${
        megabytes(one.residentBytes).toFixed(0)
      } MB, peak ${megabytes(one.peakBytes).toFixed(0)}; in step after ${
        (one.syncedMs / 1000).toFixed(1)
      } s</text>`,
    ].join("\n");
  });
  const height = 50 + results.length * 44;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 980 ${height}" font-family="sans-serif" font-size="13" role="img">
<title>Resident memory by the size of the cluster</title>
<rect width="980" height="${height}" fill="white"/>
<text x="10" y="22" font-weight="bold">Resident memory after settling (dark) and at its peak (light)</text>
${bars.join("\n")}
</svg>
`;
}

function megabytes(bytes: number): number {
  return bytes / (1 << 20);
}

/** The value that so many of a hundred do not exceed; NaN of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * share / 100) - 1] ?? NaN;
}
