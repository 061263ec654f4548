import { type HistoryReport, playHistory } from "./history.ts";

/** How many seeds a job is given at a time. */
const BATCH = 20;

/** What to do about a history that failed. */
export function failureText(
  { seed, violations, steps }: HistoryReport,
): string {
  return `seed ${seed}:\n  ${violations.join("\n  ")}\n` +
    `  steps: ${steps.join(", ")}\n` +
    `  replay: deno run -P=test tests/simulation/play.ts ${seed}\n` +
    `  keep:   add ${seed} to tests/simulation/seeds.txt`;
}

/** Plays histories, some at a time; prints and counts those that failed. */
export async function playMany(
  seeds: readonly number[],
  jobs: number,
  print: (line: string) => void,
): Promise<number> {
  let failed = 0;
  const note = (report: HistoryReport): void => {
    failed++;
    print(failureText(report));
  };
  if (jobs <= 1) {
    for (const seed of seeds) {
      const report = await playHistory(seed);
      if (report.violations.length > 0) note(report);
    }
    return failed;
  }
  const left = [...seeds];
  await Promise.all(
    Array.from({ length: jobs }, async () => {
      const worker = new Worker(
        new URL("./play_worker.ts", import.meta.url).href,
        { type: "module" },
      );
      while (left.length > 0) {
        const reports = await ask(worker, left.splice(0, BATCH));
        reports.forEach(note);
      }
      worker.terminate();
    }),
  );
  return failed;
}

function ask(
  worker: Worker,
  seeds: readonly number[],
): Promise<readonly HistoryReport[]> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`Cannot play ${seeds[0]} and on: ${event.message}`));
    };
    worker.postMessage(seeds);
  });
}
